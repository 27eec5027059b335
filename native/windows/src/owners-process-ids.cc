#include "files-handle.h"
#include "owners-ntdll.h"
#include "owners-process.h"
#include "owners-routes.h"

namespace {

const auto FILE_PROCESS_IDS_USING_FILE = static_cast<FILE_INFORMATION_CLASS>(47);

struct ProcessIds {
  ULONG count;
  ULONG_PTR ids[1];
};

/** ProcessIds as bytes: the system fits it to the room that it is given. */
std::vector<ULONG_PTR> ProcessIdsOf(const Handle& file) {
  const Ntdll& ntdll = Ntdll::Get();
  for (size_t words = 256; words <= 1 << 20; words *= 4) {
    std::vector<ULONG_PTR> buffer(words);
    IO_STATUS_BLOCK done{};
    auto bytes = static_cast<ULONG>(words * sizeof(ULONG_PTR));
    NTSTATUS status = ntdll.queryFile(file.get(), &done, buffer.data(), bytes, FILE_PROCESS_IDS_USING_FILE);
    if (status == INFO_LENGTH_MISMATCH || status == INFO_OVERFLOW) continue;
    if (status < 0) ntdll.FailWith("NtQueryInformationFile(FileProcessIdsUsingFile)", status);
    auto& found = *reinterpret_cast<const ProcessIds*>(buffer.data());
    return {found.ids, found.ids + found.count};
  }
  Fail("NtQueryInformationFile(FileProcessIdsUsingFile)", ERROR_MORE_DATA);
}

}  // namespace

void AskFileProcessIds(const std::wstring& path, const std::shared_ptr<Findings>& findings) {
  Handle file = OpenForMetadata(path, FILE_READ_ATTRIBUTES);
  std::vector<Owner> owners;
  for (ULONG_PTR id : ProcessIdsOf(file)) {
    // Ourselves, by the very handle that asks.
    if (id == GetCurrentProcessId()) continue;
    Owner owner;
    owner.pid = static_cast<DWORD>(id);
    owners.push_back(owner);
  }
  DescribeAndPublish(std::move(owners), *findings);
}
