#include "volumes.h"

#include <algorithm>
#include <memory>
#include <string_view>

#include "text.h"

namespace {

constexpr DWORD kLongestPath = 32768;
/** `\\?\Volume{GUID}\` and its end. */
constexpr DWORD kVolumeNameSize = 50;

constexpr std::wstring_view kLongPrefix = L"\\\\?\\";

/** `\\?\C:\…`, which VSS does not take: only `\\?\Volume{…}\` is a volume's name of that kind. */
bool IsLongDrivePath(const std::wstring& path) {
  return path.size() > kLongPrefix.size() + 1 && path.compare(0, kLongPrefix.size(), kLongPrefix) == 0 &&
         path[kLongPrefix.size() + 1] == L':';
}

struct CloseMountPoints {
  void operator()(HANDLE search) const { FindVolumeMountPointClose(search); }
};
using MountPointSearch = std::unique_ptr<void, CloseMountPoints>;

/** True where a search that gave nothing found nothing: some file systems, such as FAT, have no mount points. */
bool MeansNone(DWORD code) {
  return code == ERROR_SUCCESS || code == ERROR_NO_MORE_FILES || code == ERROR_INVALID_FUNCTION ||
         code == ERROR_NOT_SUPPORTED || code == ERROR_CALL_NOT_IMPLEMENTED;
}

/** Mount points directly on a volume, relative to its root. */
std::vector<std::wstring> MountPointsOn(const Volume& volume) {
  std::vector<std::wstring> found;
  std::wstring relative(kLongestPath, L'\0');
  SetLastError(ERROR_SUCCESS);
  const HANDLE first = FindFirstVolumeMountPointW(volume.name.c_str(), relative.data(), kLongestPath);
  if (first == INVALID_HANDLE_VALUE) {
    if (MeansNone(GetLastError())) return found;
    ThrowLastError("FindFirstVolumeMountPoint", ToUtf8(volume.path));
  }
  const MountPointSearch search(first);
  do {
    found.emplace_back(relative.c_str());
  } while (FindNextVolumeMountPointW(first, relative.data(), kLongestPath));
  if (!MeansNone(GetLastError())) ThrowLastError("FindNextVolumeMountPoint", ToUtf8(volume.path));
  return found;
}

/** `inside` is the chain of volumes down to here: a volume mounted within itself has no end. */
void AddVolumesBelow(const Volume& volume, std::vector<std::wstring>& inside, std::vector<Volume>& found) {
  inside.push_back(volume.name);
  for (const std::wstring& relative : MountPointsOn(volume)) {
    const Volume mounted = VolumeAt(volume.path + relative);
    if (std::find(inside.begin(), inside.end(), mounted.name) != inside.end()) continue;
    found.push_back(mounted);
    AddVolumesBelow(mounted, inside, found);
  }
  inside.pop_back();
}

}  // namespace

std::wstring VolumePathOf(const std::wstring& path) {
  std::wstring root(kLongestPath, L'\0');
  if (!GetVolumePathNameW(path.c_str(), root.data(), kLongestPath)) ThrowLastError("GetVolumePathName", ToUtf8(path));
  root.resize(wcslen(root.c_str()));
  return IsLongDrivePath(root) ? root.substr(kLongPrefix.size()) : root;
}

Volume VolumeAt(const std::wstring& path) {
  Volume volume{path, {}};
  if (path.empty() || path.back() != L'\\') volume.path += L'\\';
  wchar_t name[kVolumeNameSize];
  if (!GetVolumeNameForVolumeMountPointW(volume.path.c_str(), name, kVolumeNameSize))
    ThrowLastError("GetVolumeNameForVolumeMountPoint", ToUtf8(volume.path));
  volume.name = name;
  return volume;
}

std::vector<Volume> VolumesBelow(const Volume& volume) {
  std::vector<std::wstring> inside;
  std::vector<Volume> found;
  AddVolumesBelow(volume, inside, found);
  return found;
}
