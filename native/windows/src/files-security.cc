#include "files-security.h"

#include <windows.h>
// After windows.h, which it needs.
#include <sddl.h>

#include <cstddef>

#include "files-handle.h"
#include "files-privileges.h"

namespace {

constexpr SECURITY_INFORMATION ORDINARY =
    OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION;

using Bytes = std::vector<std::byte>;

bool IsRefusal(DWORD code) {
  return code == ERROR_ACCESS_DENIED || code == ERROR_PRIVILEGE_NOT_HELD || code == ERROR_INVALID_OWNER ||
         code == ERROR_INVALID_PRIMARY_GROUP;
}

bool MeansNoSecurity(DWORD code) {
  return code == ERROR_INVALID_FUNCTION || code == ERROR_NOT_SUPPORTED || code == ERROR_CALL_NOT_IMPLEMENTED ||
         code == ERROR_NO_SECURITY_ON_OBJECT;
}

Bytes ReadDescriptor(const std::wstring& path, SECURITY_INFORMATION parts) {
  DWORD access = READ_CONTROL | (parts & SACL_SECURITY_INFORMATION ? ACCESS_SYSTEM_SECURITY : 0);
  Handle file = OpenForMetadata(path, access);
  Bytes descriptor(1024);
  for (;;) {
    DWORD needed = 0;
    auto size = static_cast<DWORD>(descriptor.size());
    if (GetKernelObjectSecurity(file.get(), parts, descriptor.data(), size, &needed)) return descriptor;
    DWORD code = GetLastError();
    if (code != ERROR_INSUFFICIENT_BUFFER || needed <= size) Fail("GetKernelObjectSecurity", code);
    descriptor.resize(needed);
  }
}

std::wstring SddlOf(const Bytes& descriptor, SECURITY_INFORMATION parts) {
  wchar_t* text = nullptr;
  auto* bytes = const_cast<std::byte*>(descriptor.data());
  if (!ConvertSecurityDescriptorToStringSecurityDescriptorW(bytes, SDDL_REVISION_1, parts, &text, nullptr))
    Fail("ConvertSecurityDescriptorToStringSecurityDescriptorW");
  return LocalMemory<wchar_t>(text).get();
}

/** With the SACL if we may, else without. */
std::wstring ReadSddl(const std::wstring& path) {
  if (!MayReadAudit()) return SddlOf(ReadDescriptor(path, ORDINARY), ORDINARY);
  constexpr SECURITY_INFORMATION all = ORDINARY | SACL_SECURITY_INFORMATION;
  try {
    return SddlOf(ReadDescriptor(path, all), all);
  } catch (const Failure& failure) {
    if (!IsRefusal(failure.code)) throw;
    return SddlOf(ReadDescriptor(path, ORDINARY), ORDINARY);
  }
}

LocalMemory<void> Parse(const std::wstring& sddl) {
  PSECURITY_DESCRIPTOR parsed = nullptr;
  if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl.c_str(), SDDL_REVISION_1, &parsed, nullptr))
    Fail("ConvertStringSecurityDescriptorToSecurityDescriptorW");
  return LocalMemory<void>(parsed);
}

SECURITY_INFORMATION PartsIn(PSECURITY_DESCRIPTOR descriptor) {
  SECURITY_INFORMATION parts = 0;
  PSID sid = nullptr;
  PACL acl = nullptr;
  BOOL present = FALSE, defaulted = FALSE;
  if (GetSecurityDescriptorOwner(descriptor, &sid, &defaulted) && sid) parts |= OWNER_SECURITY_INFORMATION;
  if (GetSecurityDescriptorGroup(descriptor, &sid, &defaulted) && sid) parts |= GROUP_SECURITY_INFORMATION;
  if (GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted) && present)
    parts |= DACL_SECURITY_INFORMATION;
  if (GetSecurityDescriptorSacl(descriptor, &present, &acl, &defaulted) && present)
    parts |= SACL_SECURITY_INFORMATION;
  return parts;
}

/** The file system keeps the mark "inherited" only if it is asked to by the mark beside it. */
void KeepInheritedMarks(PSECURITY_DESCRIPTOR descriptor) {
  SECURITY_DESCRIPTOR_CONTROL control = 0;
  DWORD revision = 0;
  if (!GetSecurityDescriptorControl(descriptor, &control, &revision)) Fail("GetSecurityDescriptorControl");
  SECURITY_DESCRIPTOR_CONTROL asked = 0;
  if (control & SE_DACL_AUTO_INHERITED) asked |= SE_DACL_AUTO_INHERIT_REQ;
  if (control & SE_SACL_AUTO_INHERITED) asked |= SE_SACL_AUTO_INHERIT_REQ;
  if (asked && !SetSecurityDescriptorControl(descriptor, asked, asked)) Fail("SetSecurityDescriptorControl");
}

void WriteDescriptor(const std::wstring& path, PSECURITY_DESCRIPTOR descriptor, SECURITY_INFORMATION parts) {
  DWORD access = 0;
  if (parts & (OWNER_SECURITY_INFORMATION | GROUP_SECURITY_INFORMATION)) access |= WRITE_OWNER;
  if (parts & DACL_SECURITY_INFORMATION) access |= WRITE_DAC;
  if (parts & SACL_SECURITY_INFORMATION) access |= ACCESS_SYSTEM_SECURITY;
  Handle file = OpenForMetadata(path, access);
  if (!SetKernelObjectSecurity(file.get(), parts, descriptor)) Fail("SetKernelObjectSecurity");
}

std::vector<std::string> NamesOf(SECURITY_INFORMATION parts) {
  std::vector<std::string> names;
  if (parts & OWNER_SECURITY_INFORMATION) names.push_back("owner");
  if (parts & GROUP_SECURITY_INFORMATION) names.push_back("group");
  if (parts & DACL_SECURITY_INFORMATION) names.push_back("dacl");
  if (parts & SACL_SECURITY_INFORMATION) names.push_back("sacl");
  return names;
}

}  // namespace

std::optional<std::wstring> ReadSecurityDescriptor(const std::wstring& path) {
  try {
    return ReadSddl(path);
  } catch (const Failure& failure) {
    if (MeansNoSecurity(failure.code)) return std::nullopt;
    throw;
  }
}

std::vector<std::string> WriteSecurityDescriptor(const std::wstring& path, const std::wstring& sddl) {
  LocalMemory<void> descriptor = Parse(sddl);
  KeepInheritedMarks(descriptor.get());
  SECURITY_INFORMATION had = PartsIn(descriptor.get());
  std::optional<Failure> refused;
  SECURITY_INFORMATION tried = 0;
  for (SECURITY_INFORMATION fewer : {had, had & ORDINARY, had & DACL_SECURITY_INFORMATION}) {
    if (fewer == 0 || fewer == tried) continue;
    tried = fewer;
    try {
      WriteDescriptor(path, descriptor.get(), fewer);
      return NamesOf(fewer);
    } catch (const Failure& failure) {
      if (!IsRefusal(failure.code)) throw;
      refused = failure;
    }
  }
  if (refused) throw *refused;
  return {};
}

void MakeDirectory(const std::wstring& path, const std::wstring& sddl) {
  LocalMemory<void> descriptor = Parse(sddl);
  SECURITY_ATTRIBUTES security = {sizeof(SECURITY_ATTRIBUTES), descriptor.get(), FALSE};
  if (!CreateDirectoryW(path.c_str(), &security)) Fail("CreateDirectoryW");
}
