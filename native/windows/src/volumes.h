#pragma once

#include <string>
#include <vector>

#include "vss-errors.h"

/** A volume, by one of the places where it is mounted. */
struct Volume {
  /** Where: `C:\` or `C:\data\disk2\`, always with the last backslash. */
  std::wstring path;
  /** The one name that it has wherever it is mounted: `\\?\Volume{…}\`. */
  std::wstring name;
};

/** The mount path of the volume that a file is on. Throws VssError. */
std::wstring VolumePathOf(const std::wstring& path);

/** The volume mounted at a path. Throws VssError where there is none: UNC, subst, plain directories. */
Volume VolumeAt(const std::wstring& path);

/** The volumes mounted below one, at any depth. Throws VssError if Windows does not tell. */
std::vector<Volume> VolumesBelow(const Volume& volume);
