#pragma once

#include <windows.h>

/**
 * As long as it lives, this thread sees cloud placeholders as such. Windows shows some programs ordinary files in their
 * place; reading those would download them.
 */
class ExposedPlaceholders {
 public:
  ExposedPlaceholders() : setMode_(find()), before_(setMode_ ? setMode_(EXPOSE) : FAILED_MODE) {}
  ~ExposedPlaceholders() {
    if (before_ > FAILED_MODE) setMode_(before_);
  }
  ExposedPlaceholders(const ExposedPlaceholders&) = delete;
  ExposedPlaceholders& operator=(const ExposedPlaceholders&) = delete;

 private:
  using SetMode = char(NTAPI*)(char mode);
  static constexpr char EXPOSE = 2;
  static constexpr char FAILED_MODE = -1;

  /** There since Windows 10 1709; before it, nothing is disguised. */
  static SetMode find() {
    static const auto found = reinterpret_cast<SetMode>(reinterpret_cast<void*>(
        GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "RtlSetThreadPlaceholderCompatibilityMode")));
    return found;
  }

  SetMode setMode_;
  char before_;
};
