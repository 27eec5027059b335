#include "mounts.h"

#include <windows.h>

#include <cstdio>
#include <cwchar>
#include <string>
#include <vector>

#include "faults.h"

namespace {

struct Mount {
  std::wstring path;
  /** `\\?\Volume{…}\` */
  std::wstring name;
};

std::wstring rootName(const std::wstring& path) {
  wchar_t name[64] = L"";
  GetVolumeNameForVolumeMountPointW(path.c_str(), name, 64);
  return name;
}

std::wstring nameAt(const std::vector<Mount>& mounts, const std::wstring& path) {
  for (const Mount& mount : mounts)
    if (_wcsicmp(mount.path.c_str(), path.c_str()) == 0) return mount.name;
  return rootName(path);
}

std::vector<Mount> allMounts() {
  std::vector<Mount> mounts;
  std::wstring rest = variable(L"FAKEVSS_MOUNTS");
  while (!rest.empty()) {
    const std::wstring one = rest.substr(0, rest.find(L';'));
    rest.erase(0, one.size() + 1);
    const auto equals = one.find(L'=');
    wchar_t own[64];
    swprintf(own, 64, L"\\\\?\\Volume{00000000-0000-0000-0000-%012x}\\", static_cast<unsigned>(mounts.size() + 1));
    mounts.push_back({one.substr(0, equals), equals == std::wstring::npos ? own : nameAt(mounts, one.substr(equals + 1))});
  }
  return mounts;
}

bool isBelow(const std::wstring& path, const std::wstring& parent) {
  return path.size() > parent.size() && _wcsnicmp(path.c_str(), parent.c_str(), parent.size()) == 0;
}

/** Where the volume is mounted that holds a mount point. */
std::wstring parentOf(const std::vector<Mount>& mounts, const std::wstring& path) {
  std::wstring parent = path.substr(0, 3);
  for (const Mount& other : mounts)
    if (isBelow(path, other.path) && other.path.size() > parent.size()) parent = other.path;
  return parent;
}

struct Search {
  std::vector<std::wstring> found;
  size_t next = 0;
};

BOOL WINAPI findNext(HANDLE handle, LPWSTR result, DWORD size) {
  auto& search = *static_cast<Search*>(handle);
  if (search.next == search.found.size()) {
    SetLastError(ERROR_NO_MORE_FILES);
    return FALSE;
  }
  wcsncpy(result, search.found[search.next++].c_str(), size);
  return TRUE;
}

HANDLE WINAPI findFirst(LPCWSTR volume, LPWSTR result, DWORD size) {
  if (FAILED(faultOf("FindFirstVolumeMountPoint"))) {
    SetLastError(faultOf("FindFirstVolumeMountPoint") & 0xffff);
    return INVALID_HANDLE_VALUE;
  }
  const std::vector<Mount> mounts = allMounts();
  auto* search = new Search;
  for (const Mount& mount : mounts) {
    const std::wstring parent = parentOf(mounts, mount.path);
    if (nameAt(mounts, parent) == volume) search->found.push_back(mount.path.substr(parent.size()));
  }
  if (findNext(search, result, size)) return search;
  delete search;
  return INVALID_HANDLE_VALUE;
}

BOOL WINAPI findClose(HANDLE handle) {
  delete static_cast<Search*>(handle);
  return TRUE;
}

BOOL WINAPI volumeName(LPCWSTR path, LPWSTR result, DWORD size) {
  const std::vector<Mount> mounts = allMounts();
  for (const Mount& mount : mounts) {
    if (_wcsicmp(mount.path.c_str(), path) != 0) continue;
    wcsncpy(result, mount.name.c_str(), size);
    return TRUE;
  }
  return GetVolumeNameForVolumeMountPointW(path, result, size);
}

const struct {
  const char* name;
  void* ours;
} answers[] = {
    {"FindFirstVolumeMountPointW", reinterpret_cast<void*>(findFirst)},
    {"FindNextVolumeMountPointW", reinterpret_cast<void*>(findNext)},
    {"FindVolumeMountPointClose", reinterpret_cast<void*>(findClose)},
    {"GetVolumeNameForVolumeMountPointW", reinterpret_cast<void*>(volumeName)},
};

void replace(void** place, void* by) {
  DWORD before;
  VirtualProtect(place, sizeof *place, PAGE_READWRITE, &before);
  *place = by;
  VirtualProtect(place, sizeof *place, before, &before);
}

}  // namespace

/** Turns the entries of the addon's import table to the functions above. */
void standInForMountPoints() {
  auto* base = reinterpret_cast<BYTE*>(GetModuleHandleW(L"bmcloud.node"));
  if (base == nullptr) return;
  const auto* header = reinterpret_cast<IMAGE_NT_HEADERS*>(base + reinterpret_cast<IMAGE_DOS_HEADER*>(base)->e_lfanew);
  const auto& imports = header->OptionalHeader.DataDirectory[IMAGE_DIRECTORY_ENTRY_IMPORT];
  const auto* library = reinterpret_cast<IMAGE_IMPORT_DESCRIPTOR*>(base + imports.VirtualAddress);
  for (; library->Name != 0; library++) {
    const auto* wanted = reinterpret_cast<IMAGE_THUNK_DATA*>(base + library->OriginalFirstThunk);
    auto* place = reinterpret_cast<void**>(base + library->FirstThunk);
    for (; wanted->u1.AddressOfData != 0; wanted++, place++) {
      if (IMAGE_SNAP_BY_ORDINAL(wanted->u1.Ordinal)) continue;
      const auto* name = reinterpret_cast<IMAGE_IMPORT_BY_NAME*>(base + wanted->u1.AddressOfData)->Name;
      for (const auto& answer : answers)
        if (strcmp(reinterpret_cast<const char*>(name), answer.name) == 0) replace(place, answer.ours);
    }
  }
}
