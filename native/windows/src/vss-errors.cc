#include "vss-errors.h"

#include <algorithm>
#include <iterator>

#include "text.h"

namespace {

struct Row {
  unsigned long code;
  bool transient;
  const char* message;
};

constexpr bool kTransient = true;
constexpr bool kLasting = false;

constexpr char kNoVss[] = "VSS is not available on this system";
constexpr char kNoVolume[] = "There is no such volume";
constexpr char kUnsupported[] =
    "This volume does not support snapshots, as FAT, exFAT, network and most removable volumes do not";
constexpr char kTransaction[] = "The transaction manager did not hold still in time";

constexpr Row kRows[] = {
    {0x80070005, kLasting, "Snapshots need an elevated process: run as a member of Administrators or Backup Operators"},
    {0x8007007E, kLasting, kNoVss},
    {0x8007007F, kLasting, kNoVss},
    {0x80004001, kLasting, kNoVss},
    {0x80070002, kLasting, kNoVolume},
    {0x80070003, kLasting, kNoVolume},
    {0x80070015, kTransient, "The device of the volume is not ready"},
    {0x80070057, kLasting, "Not the name of a local volume"},
    {0x8007007B, kLasting, "Not the name of a local volume"},
    {0x80071126, kLasting, "Not the root of a local volume"},
    {0x80042301, kLasting, "VSS was called out of order, which is a bug in bmcloud: please report it"},
    {0x80042302, kLasting, "VSS failed unexpectedly: see the Application event log, source VSS"},
    {0x80042304, kLasting, "The VSS provider is not installed"},
    {0x80042306, kTransient, "The VSS provider refused right now"},
    {0x80042308, kLasting, "VSS does not know this volume or snapshot"},
    {0x8004230C, kLasting, kUnsupported},
    {0x8004230D, kLasting, "The volume is in the set of snapshots already"},
    {0x8004230E, kLasting, kUnsupported},
    {0x8004230F, kTransient, "The VSS provider failed: see the Application event log, source VSS"},
    {0x80042312, kLasting, "Too many volumes for one set of snapshots"},
    {0x80042313, kTransient, "The disk was too busy to write everything out in time"},
    {0x80042314, kTransient, "The disk was too busy to hold writes back in time"},
    {0x80042316, kTransient, "Another program is creating a snapshot"},
    {0x80042317, kLasting, "The volume has too many snapshots: delete old ones (vssadmin list shadows)"},
    {0x80042318, kLasting, "VSS writers cannot be reached: see that the services VSS and COM+ Event System run"},
    {0x80042319, kTransient, "A VSS writer does not answer (vssadmin list writers)"},
    {0x8004231F, kLasting, "No room to keep a snapshot (vssadmin list shadowstorage)"},
    {0x80042327, kLasting, "Windows needs a restart before it can make snapshots"},
    {0x80042328, kTransient, kTransaction},
    {0x80042329, kTransient, kTransaction},
    {0x8004232C, kLasting, "The volume is inside a nested virtual disk"},
    {0x800423F0, kTransient, "A VSS writer's data would be inconsistent in the snapshot"},
    {0x800423F1, kTransient, "A VSS writer ran out of memory or another resource"},
    {0x800423F2, kTransient, "A VSS writer took too long"},
    {0x800423F3, kTransient, "A VSS writer failed, and may not the next time"},
    {0x800423F4, kLasting, "A VSS writer failed, and would again: see the Application event log"},
    {0x800704C7, kLasting, "The snapshot was cancelled"},
    {0x800705B4, kTransient, "The snapshot was not ready in time"},
};

const Row* RowOf(HRESULT hresult) {
  const auto code = static_cast<unsigned long>(hresult);
  const auto* row = std::find_if(std::begin(kRows), std::end(kRows), [code](const Row& r) { return r.code == code; });
  return row == std::end(kRows) ? nullptr : row;
}

std::string MessageOf(const std::string& step, HRESULT hresult, const std::string& about) {
  const Row* row = RowOf(hresult);
  const std::string message = row != nullptr ? row->message : step + " failed with " + ToHex(hresult);
  return about.empty() ? message : message + " (" + about + ")";
}

}  // namespace

VssError::VssError(const std::string& step, HRESULT hresult, const std::string& about)
    : std::runtime_error(MessageOf(step, hresult, about)), step_(step), hresult_(hresult) {}

bool VssError::transient() const {
  const Row* row = RowOf(hresult_);
  return row != nullptr && row->transient;
}

void Check(HRESULT hresult, const char* step, const std::string& about) {
  if (FAILED(hresult)) throw VssError(step, hresult, about);
}

void ThrowLastError(const char* step, const std::string& about) {
  const DWORD code = GetLastError();
  throw VssError(step, code == ERROR_SUCCESS ? E_FAIL : HRESULT_FROM_WIN32(code), about);
}

std::string WriterFailure(HRESULT hresult) {
  switch (static_cast<unsigned long>(hresult)) {
    case 0x800423F0:
      return "its data would be inconsistent in the snapshot";
    case 0x800423F1:
      return "ran out of memory or another resource";
    case 0x800423F2:
      return "took too long";
    case 0x800423F3:
      return "failed, and may not the next time";
    case 0x800423F4:
      return "failed, and would again";
    default:
      return "failed with " + ToHex(hresult);
  }
}
