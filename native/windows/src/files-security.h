#pragma once

#include <optional>
#include <string>
#include <vector>

/**
 * Owner, group and DACL in the security descriptor definition language, and the SACL where SeSecurityPrivilege is
 * enabled; absent where the file system keeps none. Of the path itself, not of what it links to. Throws Failure.
 */
std::optional<std::wstring> ReadSecurityDescriptor(const std::wstring& path);

/**
 * Sets the parts that `sddl` has and that we are allowed to set, and says which: `owner`, `group`, `dacl`, `sacl`. What
 * children inherit is not passed on to them: each file brings its own. Throws Failure if not even the DACL could be set.
 */
std::vector<std::string> WriteSecurityDescriptor(const std::wstring& path, const std::wstring& sddl);

/** Makes a directory that has this security descriptor from its first moment. Throws Failure, also where something is there already. */
void MakeDirectory(const std::wstring& path, const std::wstring& sddl);
