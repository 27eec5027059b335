#pragma once

#include <cstdint>
#include <string>
#include <vector>

/** True unless a surrogate stands alone. */
bool IsWellFormed(const std::wstring& text);

/** The bytes of UTF-8, with surrogates that stand alone as three bytes each: every Windows name, without loss. */
std::vector<uint8_t> ToWtf8(const std::wstring& text);
