#include "faults.h"

#include <cstdlib>
#include <map>
#include <mutex>
#include <sstream>
#include <vector>

namespace {

std::mutex countMutex;
/** How often each counted fault has fired, by the whole value of the variable. */
std::map<std::string, int> fired;

std::string narrow(const std::wstring& text) { return {text.begin(), text.end()}; }

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, by);) parts.push_back(part);
  return parts;
}

bool firesAgain(const std::string& all, const std::string& one, int most) {
  std::lock_guard<std::mutex> lock(countMutex);
  return fired[all + "|" + one]++ < most;
}

}  // namespace

std::wstring variable(const wchar_t* name) {
  wchar_t value[4096];
  const DWORD length = GetEnvironmentVariableW(name, value, 4096);
  return length < 4096 ? std::wstring(value, length) : std::wstring();
}

HRESULT faultOf(const std::string& step) {
  const std::string all = narrow(variable(L"FAKEVSS_FAIL"));
  for (const std::string& fault : split(all, ';')) {
    const auto colon = fault.find(':');
    if (colon == std::string::npos || fault.substr(0, colon) != step) continue;
    const auto star = fault.find('*', colon);
    if (star != std::string::npos && !firesAgain(all, fault, std::atoi(fault.c_str() + star + 1))) continue;
    return static_cast<HRESULT>(std::strtoul(fault.c_str() + colon + 1, nullptr, 16));
  }
  return S_OK;
}

DWORD delayOf(const std::string& step) {
  for (const std::string& delay : split(narrow(variable(L"FAKEVSS_DELAY_MS")), ';')) {
    const auto colon = delay.find(':');
    if (colon == std::string::npos) return std::strtoul(delay.c_str(), nullptr, 10);
    if (delay.substr(0, colon) == step) return std::strtoul(delay.c_str() + colon + 1, nullptr, 10);
  }
  return 0;
}

void note(const std::string& line) {
  const std::wstring log = variable(L"FAKEVSS_LOG");
  if (log.empty()) return;
  const HANDLE file = CreateFileW(log.c_str(), FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_ALWAYS,
                                  FILE_ATTRIBUTE_NORMAL, nullptr);
  if (file == INVALID_HANDLE_VALUE) return;
  const std::string text = line + "\n";
  DWORD written = 0;
  WriteFile(file, text.data(), static_cast<DWORD>(text.size()), &written, nullptr);
  CloseHandle(file);
}
