#include <windows.h>
// After windows.h, which it needs.
#include <restartmanager.h>

#include "files-failure.h"
#include "owners-process.h"
#include "owners-routes.h"

namespace {

/** rstrtmgr.dll of the system's own directory: an elevated backup loads nothing that lies beside it. */
struct RestartManager {
  decltype(&RmStartSession) startSession;
  decltype(&RmRegisterResources) registerResources;
  decltype(&RmGetList) getList;
  decltype(&RmEndSession) endSession;

  static RestartManager Load() {
    HMODULE library = LoadLibraryExW(L"rstrtmgr.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (library == nullptr) Fail("LoadLibraryExW(rstrtmgr.dll)");
    return {
        LookUp<decltype(startSession)>(library, "RmStartSession"),
        LookUp<decltype(registerResources)>(library, "RmRegisterResources"),
        LookUp<decltype(getList)>(library, "RmGetList"),
        LookUp<decltype(endSession)>(library, "RmEndSession"),
    };
  }

 private:
  template <typename Function>
  static Function LookUp(HMODULE library, const char* name) {
    auto address = GetProcAddress(library, name);
    if (address == nullptr) Fail(name);
    return reinterpret_cast<Function>(reinterpret_cast<void*>(address));
  }
};

/** One question to the Restart Manager. There are only 64 sessions for all programs of a user, so it ends at once. */
class Session {
 public:
  explicit Session(const RestartManager& manager) : manager_(manager) {
    wchar_t key[CCH_RM_SESSION_KEY + 1] = {};
    Check("RmStartSession", manager_.startSession(&handle_, 0, key));
  }
  ~Session() { manager_.endSession(handle_); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void RegisterFile(const std::wstring& path) {
    const wchar_t* files[] = {path.c_str()};
    Check("RmRegisterResources", manager_.registerResources(handle_, 1, files, 0, nullptr, 0, nullptr));
  }

  /** The list can grow between two calls: asked again with the room that was wanted, and some more. */
  std::vector<RM_PROCESS_INFO> List() {
    std::vector<RM_PROCESS_INFO> found(8);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      UINT needed = 0;
      auto count = static_cast<UINT>(found.size());
      DWORD reasons = RmRebootReasonNone;
      DWORD code = manager_.getList(handle_, &needed, &count, found.data(), &reasons);
      if (code != ERROR_MORE_DATA) {
        Check("RmGetList", code);
        found.resize(count);
        return found;
      }
      found.resize(needed + 8);
    }
    Fail("RmGetList", ERROR_MORE_DATA);
  }

 private:
  static constexpr int ATTEMPTS = 8;

  static void Check(const char* step, DWORD code) {
    if (code != ERROR_SUCCESS) Fail(step, code);
  }

  const RestartManager& manager_;
  DWORD handle_ = 0;
};

/** The path without `\\?\` where it is short enough: the way in which the programs that hold it have named it. */
std::wstring Plain(const std::wstring& path) {
  static const std::wstring verbatim = L"\\\\?\\";
  static const std::wstring network = L"\\\\?\\UNC\\";
  if (path.size() >= MAX_PATH) return path;
  if (path.compare(0, network.size(), network) == 0) return L"\\\\" + path.substr(network.size());
  bool isDrive = path.compare(0, verbatim.size(), verbatim) == 0 && path.size() > 6 && path[5] == L':';
  return isDrive ? path.substr(verbatim.size()) : path;
}

Owner OwnerOf(const RM_PROCESS_INFO& found) {
  Owner owner;
  owner.pid = found.Process.dwProcessId;
  const FILETIME& started = found.Process.ProcessStartTime;
  owner.started = static_cast<int64_t>(started.dwHighDateTime) << 32 | started.dwLowDateTime;
  // Of a service this is its display name, else a description of the program.
  owner.program = found.strAppName;
  if (found.ApplicationType == RmService) owner.service = found.strAppName;
  return owner;
}

}  // namespace

void AskRestartManager(const std::wstring& path, const std::shared_ptr<Findings>& findings) {
  DWORD attributes = GetFileAttributesW(path.c_str());
  if (attributes != INVALID_FILE_ATTRIBUTES && attributes & FILE_ATTRIBUTE_DIRECTORY) {
    findings->Note(L"answers for files only");
    return;
  }
  static const RestartManager manager = RestartManager::Load();
  Session session(manager);
  session.RegisterFile(Plain(path));
  std::vector<Owner> owners;
  for (auto& found : session.List()) owners.push_back(OwnerOf(found));
  DescribeAndPublish(std::move(owners), *findings);
}
