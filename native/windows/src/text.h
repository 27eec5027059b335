#pragma once

#include <string>

/** UTF-16 to UTF-8; lone surrogates become U+FFFD. */
std::string ToUtf8(const std::wstring& text);

/** A code as Windows people write it: `0x80042316`. */
std::string ToHex(unsigned long code);
