#include "text.h"

#include <windows.h>

#include <cstdio>

std::string ToUtf8(const std::wstring& text) {
  const int length = static_cast<int>(text.size());
  const int size = WideCharToMultiByte(CP_UTF8, 0, text.data(), length, nullptr, 0, nullptr, nullptr);
  std::string utf8(size, '\0');
  WideCharToMultiByte(CP_UTF8, 0, text.data(), length, utf8.data(), size, nullptr, nullptr);
  return utf8;
}

std::string ToHex(unsigned long code) {
  char hex[16];
  std::snprintf(hex, sizeof hex, "0x%08lx", code);
  return hex;
}
