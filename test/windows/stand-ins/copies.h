#pragma once

#include <string>

// A "snapshot" is a copy of a volume's directory, made by a program of the system below Wine: share modes, which
// are Wine's, do not stop it.

/** The directory of the system below that a Windows path stands for; empty where there is none. */
std::string unixPathOf(const std::wstring& path);

/** Copies a volume to a new shadow device. @returns the device, empty when the copy failed */
std::wstring copyVolume(const std::wstring& volume);

/** Removes the copy. */
bool removeCopy(const std::wstring& device);
