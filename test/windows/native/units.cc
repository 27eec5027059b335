// Parts of the addon by themselves, for what nothing under Wine can show: names with lone surrogates, odd times, open files that
// hang.
//   x86_64-w64-mingw32-g++-posix -std=c++17 -municode -static -o units.exe units.cc
//     ../../../native/windows/src/{files-wtf8,files-failure,owners-sweep,owners-thread}.cc
// Ends with the number of claims that do not hold, and prints them.

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>

#include "../../../native/windows/src/files-time.h"
#include "../../../native/windows/src/files-wtf8.h"
#include "../../../native/windows/src/owners-hanging.h"
#include "../../../native/windows/src/owners-sweep.h"

namespace {

using Bytes = std::vector<uint8_t>;

int wrong = 0;

void Claim(bool holds, const char* what) {
  if (holds) return;
  wrong++;
  std::printf("does not hold: %s\n", what);
}

void Names() {
  Claim(IsWellFormed(L"") && ToWtf8(L"").empty(), "an empty name stays empty");
  Claim(ToWtf8(L"a\x7F") == Bytes{'a', 0x7F}, "ASCII is one byte each");
  Claim(ToWtf8(L"\x80\x7FF") == Bytes{0xC2, 0x80, 0xDF, 0xBF}, "two bytes up to U+07FF");
  Claim(ToWtf8(L"\x800\xFFFF") == Bytes{0xE0, 0xA0, 0x80, 0xEF, 0xBF, 0xBF}, "three bytes up to U+FFFF");
  Claim(ToWtf8(L"\xD83D\xDE00") == Bytes{0xF0, 0x9F, 0x98, 0x80}, "a pair is one character of four bytes");
  Claim(ToWtf8(L"\xDBFF\xDFFF") == Bytes{0xF4, 0x8F, 0xBF, 0xBF}, "the last character of all");
  Claim(IsWellFormed(L"na\xEFve \xD83D\xDE00"), "pairs are well-formed");

  Claim(ToWtf8(L"a\xD800z") == Bytes{'a', 0xED, 0xA0, 0x80, 'z'}, "a lone high surrogate is three bytes");
  Claim(ToWtf8(L"\xDC00\xD800") == Bytes{0xED, 0xB0, 0x80, 0xED, 0xA0, 0x80}, "in the wrong order both are alone");
  Claim(ToWtf8(L"\xD800\xD83D\xDE00") == Bytes{0xED, 0xA0, 0x80, 0xF0, 0x9F, 0x98, 0x80}, "alone before a pair");
  for (const wchar_t* name : {L"\xD800", L"\xDC00", L"x\xDFFF", L"\xDC00\xD800", L"\xD83D\xDE00\xD83D"})
    Claim(!IsWellFormed(name), "a lone surrogate is not well-formed");
}

bool IsTime(int64_t fileTime, bool negative, uint64_t low, uint64_t high) {
  SplitNanoseconds time = ToUnixNanoseconds(fileTime);
  return time.negative == negative && time.words[0] == low && time.words[1] == high;
}

void Times() {
  Claim(IsTime(UNIX_EPOCH, false, 0, 0), "1970 is 0");
  Claim(IsTime(UNIX_EPOCH + 1, false, 100, 0), "a step is 100 ns");
  Claim(IsTime(UNIX_EPOCH - 1, true, 100, 0), "before 1970 times are negative");
  Claim(IsTime(0, true, 11644473600000000000u, 0), "1601 does not fit into 63 bits, and is right");
  // (2^63 - 1 - epoch) * 100 = 49 * 2^64 + the rest
  Claim(IsTime(INT64_MAX, false, 6802270473709551516u, 49), "the last FILETIME does not fit into 64");
  Claim(ToFileTime(0) == UNIX_EPOCH && ToFileTime(99) == UNIX_EPOCH && ToFileTime(100) == UNIX_EPOCH + 1,
        "nanoseconds are rounded down");
  Claim(ToFileTime(-1) == UNIX_EPOCH - 1 && ToFileTime(-100) == UNIX_EPOCH - 1, "also before 1970");
  Claim(ToFileTime(INT64_MIN) > 0, "the earliest that JavaScript gives us is after 1601");
}

constexpr Sweep QUICK{std::chrono::milliseconds(60), 4};

/** Looks at 50, of which some hang for a second. */
struct FakeLook {
  std::vector<size_t> hanging;
  std::shared_ptr<std::vector<std::atomic<int>>> looked = std::make_shared<std::vector<std::atomic<int>>>(50);

  std::vector<size_t> Run(Sweep sweep = QUICK) const {
    auto look = [hanging = hanging, looked = looked](size_t index) {
      (*looked)[index]++;
      if (std::count(hanging.begin(), hanging.end(), index)) Sleep(1000);
    };
    return LookAtAll(looked->size(), look, sweep);
  }
  bool AllOnce() const {
    return std::all_of(looked->begin(), looked->end(), [](auto& times) { return times == 1; });
  }
};

void Sweeps() {
  FakeLook none{{}};
  Claim(none.Run().empty() && none.AllOnce(), "each is looked at once");
  Claim(LookAtAll(0, [](size_t) {}, QUICK).empty(), "there may be none");

  FakeLook some{{7, 8, 20}};
  Claim(some.Run() == std::vector<size_t>{7, 8, 20} && some.AllOnce(), "those that hang are stepped over, and told");
  FakeLook ends{{0, 49}};
  Claim(ends.Run() == std::vector<size_t>{0, 49} && ends.AllOnce(), "also the first and the last");

  FakeLook many{{1, 2, 3, 4, 5}};
  Claim(many.Run().size() == 4, "too many, and the rest is left");
  Sleep(1200);
  Claim((*many.looked)[5] == 0, "also by threads that come back");
  Claim(many.looked.use_count() == 1, "which leave nothing");
}

void Hanging() {
  constexpr auto patience = std::chrono::milliseconds(50);
  const FileInUse file{4, 8, READS}, other{4, 12, READS};
  {
    HangingFiles::Stay stay(file);
    Claim(!HangingFiles::Hangs(file, patience), "what has just been asked does not hang");
    Sleep(100);
    Claim(HangingFiles::Hangs(file, patience), "what has not answered for long hangs");
    Claim(!HangingFiles::Hangs(other, patience), "another does not");
  }
  Claim(!HangingFiles::Hangs(file, patience), "what has answered does not");
}

}  // namespace

int wmain() {
  Names();
  Times();
  Sweeps();
  Hanging();
  return wrong;
}
