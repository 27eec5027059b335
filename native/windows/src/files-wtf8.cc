#include "files-wtf8.h"

namespace {

bool IsHigh(uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool IsLow(uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

/** The code point at `at`, a lone surrogate as itself; moves `at` past it. */
uint32_t NextCodePoint(const std::wstring& text, size_t& at) {
  uint32_t unit = static_cast<uint16_t>(text[at++]);
  if (!IsHigh(unit) || at == text.size()) return unit;
  uint32_t second = static_cast<uint16_t>(text[at]);
  if (!IsLow(second)) return unit;
  at++;
  return 0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00);
}

void Append(std::vector<uint8_t>& bytes, uint32_t point) {
  if (point < 0x80) {
    bytes.push_back(static_cast<uint8_t>(point));
    return;
  }
  int continuations = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  static const uint8_t leads[] = {0, 0xC0, 0xE0, 0xF0};
  bytes.push_back(static_cast<uint8_t>(leads[continuations] | point >> (6 * continuations)));
  for (int left = continuations - 1; left >= 0; left--)
    bytes.push_back(static_cast<uint8_t>(0x80 | (point >> (6 * left) & 0x3F)));
}

}  // namespace

bool IsWellFormed(const std::wstring& text) {
  for (size_t at = 0; at < text.size();) {
    uint32_t point = NextCodePoint(text, at);
    if (IsHigh(point) || IsLow(point)) return false;
  }
  return true;
}

std::vector<uint8_t> ToWtf8(const std::wstring& text) {
  std::vector<uint8_t> bytes;
  bytes.reserve(text.size() * 3);
  for (size_t at = 0; at < text.size();) Append(bytes, NextCodePoint(text, at));
  return bytes;
}
