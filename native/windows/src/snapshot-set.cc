#include "snapshot-set.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "text.h"

namespace {

constexpr Milliseconds kFirstPause(250);
constexpr Milliseconds kLongestPause(5000);

/** Text that COM allocated. */
class Text {
 public:
  ~Text() { SysFreeString(text_); }
  BSTR* operator&() { return &text_; }
  std::string ToString() const { return text_ == nullptr ? "" : ToUtf8(text_); }

 private:
  BSTR text_ = nullptr;
};

bool HasFailed(VSS_WRITER_STATE state) {
  return state >= VSS_WS_FAILED_AT_IDENTIFY && state <= VSS_WS_FAILED_AT_BACKUPSHUTDOWN;
}

std::string WordOf(VSS_WRITER_STATE state) {
  switch (state) {
    case VSS_WS_FAILED_AT_IDENTIFY:
      return "failed to name itself";
    case VSS_WS_FAILED_AT_PREPARE_BACKUP:
    case VSS_WS_FAILED_AT_PREPARE_SNAPSHOT:
      return "failed to prepare";
    case VSS_WS_FAILED_AT_FREEZE:
      return "failed at the freeze";
    case VSS_WS_FAILED_AT_THAW:
      return "failed at the thaw";
    default:
      return "failed after the snapshot";
  }
}

}  // namespace

/** vssapi.dll, as found in the system directory and nowhere else: a backup runs elevated. */
struct SnapshotSet::Library {
  using Create = HRESULT(STDAPICALLTYPE*)(IVssBackupComponents**);
  using FreeProperties = void(STDAPICALLTYPE*)(VSS_SNAPSHOT_PROP*);

  Library() : module(LoadLibraryExW(L"vssapi.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32)) {
    if (module == nullptr) ThrowLastError("LoadLibrary");
    create = Find<Create>("CreateVssBackupComponentsInternal");
    freeProperties = Find<FreeProperties>("VssFreeSnapshotPropertiesInternal");
  }

  template <typename Function>
  Function Find(const char* name) const {
    const FARPROC address = GetProcAddress(module, name);
    if (address == nullptr) ThrowLastError("GetProcAddress");
    return reinterpret_cast<Function>(reinterpret_cast<void*>(address));
  }

  /** Stays loaded: VSS leaves threads behind. */
  const HMODULE module;
  Create create;
  FreeProperties freeProperties;
};

void InitializeComSecurity() {
  static std::once_flag once;
  std::call_once(once, [] {
    const HRESULT result = CoInitializeSecurity(nullptr, -1, nullptr, nullptr, RPC_C_AUTHN_LEVEL_PKT_PRIVACY,
                                                RPC_C_IMP_LEVEL_IMPERSONATE, nullptr, EOAC_STATIC_CLOAKING, nullptr);
    // Somebody else in this process was first: theirs serves.
    if (result != RPC_E_TOO_LATE) Check(result, "CoInitializeSecurity");
  });
}

SnapshotSet::SnapshotSet() : library_(std::make_shared<const Library>()) {
  Check(library_->create(ComOut(components_)), "CreateVssBackupComponents");
}

SnapshotSet::~SnapshotSet() {
  // Nobody is left to tell if this fails; the release that follows deletes the snapshots.
  if (prepared_ && !complete_) components_->AbortBackup();
}

std::vector<Shadow> SnapshotSet::Create(const std::vector<std::wstring>& paths, const Deadline& deadline) {
  Initialize(deadline);
  const std::vector<Volume> volumes = SupportedVolumes(paths);
  StartSet(deadline);
  for (const Volume& volume : volumes) Add(volume);
  ThrowIfNone(frozen_.empty());
  Freeze(deadline);
  std::vector<Shadow> shadows;
  for (const Volume& volume : volumes)
    for (const Frozen& frozen : frozen_)
      if (frozen.name == volume.name) shadows.push_back({volume.path, frozen.device});
  return shadows;
}

void SnapshotSet::Complete(const Deadline& deadline) {
  // However this ends, the snapshots go with the object.
  const ComOwner<IVssBackupComponents> components = std::move(components_);
  complete_ = true;
  Run(*components, &IVssBackupComponents::BackupComplete, "BackupComplete", deadline);
  LONG deleted = 0;
  VSS_ID kept{};
  Check(components->DeleteSnapshots(set_, VSS_OBJECT_SNAPSHOT_SET, TRUE, &deleted, &kept), "DeleteSnapshots");
}

void SnapshotSet::Initialize(const Deadline& deadline) {
  Check(components_->InitializeForBackup(nullptr), "InitializeForBackup");
  Check(components_->SetContext(VSS_CTX_BACKUP), "SetContext");
  Check(components_->SetBackupState(false, false, VSS_BT_COPY, false), "SetBackupState");
  Run(*components_, &IVssBackupComponents::GatherWriterMetadata, "GatherWriterMetadata", deadline);
  Check(components_->FreeWriterMetadata(), "FreeWriterMetadata");
}

std::vector<Volume> SnapshotSet::SupportedVolumes(const std::vector<std::wstring>& paths) {
  std::vector<Volume> mounted;
  for (const std::wstring& path : paths) Try([&] { AddWithVolumesBelow(VolumeAt(path), mounted); });
  std::vector<Volume> supported;
  for (const Volume& volume : mounted)
    Try([&] {
      CheckSupport(volume);
      supported.push_back(volume);
    });
  ThrowIfNone(supported.empty());
  return supported;
}

void SnapshotSet::AddWithVolumesBelow(const Volume& volume, std::vector<Volume>& mounted) {
  const auto add = [&mounted](const Volume& one) {
    const auto same = [&](const Volume& other) { return _wcsicmp(other.path.c_str(), one.path.c_str()) == 0; };
    if (std::none_of(mounted.begin(), mounted.end(), same)) mounted.push_back(one);
  };
  add(volume);
  for (const Volume& below : VolumesBelow(volume)) add(below);
}

void SnapshotSet::CheckSupport(const Volume& volume) {
  std::wstring path = volume.path;
  BOOL supported = FALSE;
  Check(components_->IsVolumeSupported(GUID_NULL, path.data(), &supported), "IsVolumeSupported", ToUtf8(path));
  if (!supported) throw VssError("IsVolumeSupported", VSS_E_VOLUME_NOT_SUPPORTED, ToUtf8(path));
}

/** One set at a time is made on a machine: waits for those of other programs. */
void SnapshotSet::StartSet(const Deadline& deadline) {
  for (Milliseconds pause = kFirstPause;; pause = std::min(pause * 2, kLongestPause)) {
    const HRESULT result = components_->StartSnapshotSet(&set_);
    if (result != VSS_E_SNAPSHOT_SET_IN_PROGRESS || deadline.Passed()) return Check(result, "StartSnapshotSet");
    deadline.Pause(pause);
    if (deadline.Stopped()) throw VssError("StartSnapshotSet", kCancelled);
  }
}

/** A volume that is mounted at several places is added once. */
void SnapshotSet::Add(const Volume& volume) {
  const auto same = [&](const Frozen& frozen) { return frozen.name == volume.name; };
  if (std::any_of(frozen_.begin(), frozen_.end(), same)) return;
  std::wstring path = volume.path;
  Try([&] {
    VSS_ID snapshot{};
    Check(components_->AddToSnapshotSet(path.data(), GUID_NULL, &snapshot), "AddToSnapshotSet", ToUtf8(path));
    frozen_.push_back({volume.name, snapshot, {}});
  });
}

void SnapshotSet::Freeze(const Deadline& deadline) {
  Run(*components_, &IVssBackupComponents::PrepareForBackup, "PrepareForBackup", deadline);
  prepared_ = true;
  WarnOfWriters(deadline);
  Run(*components_, &IVssBackupComponents::DoSnapshotSet, "DoSnapshotSet", deadline);
  WarnOfWriters(deadline);
  for (Frozen& frozen : frozen_) ReadDevice(frozen);
}

void SnapshotSet::ReadDevice(Frozen& frozen) {
  VSS_SNAPSHOT_PROP properties{};
  Check(components_->GetSnapshotProperties(frozen.snapshot, &properties), "GetSnapshotProperties");
  const std::unique_ptr<VSS_SNAPSHOT_PROP, Library::FreeProperties> owner(&properties, library_->freeProperties);
  frozen.device = properties.m_pwszSnapshotDeviceObject;
}

/** A writer that failed leaves its program's files as after a power cut: worth a warning, not the backup. */
void SnapshotSet::WarnOfWriters(const Deadline& deadline) {
  try {
    Run(*components_, &IVssBackupComponents::GatherWriterStatus, "GatherWriterStatus", deadline);
    UINT count = 0;
    Check(components_->GetWriterStatusCount(&count), "GetWriterStatusCount");
    for (UINT index = 0; index < count; index++) WarnOfWriter(index);
    Check(components_->FreeWriterStatus(), "FreeWriterStatus");
  } catch (const VssError& error) {
    if (error.hresult() == kTimedOut || error.hresult() == kCancelled) throw;
    Warn(std::string("How VSS writers fared is not known: ") + error.what());
  }
}

void SnapshotSet::WarnOfWriter(UINT index) {
  VSS_ID instance{}, writer{};
  Text name;
  VSS_WRITER_STATE state = VSS_WS_UNKNOWN;
  HRESULT failure = S_OK;
  Check(components_->GetWriterStatus(index, &instance, &writer, &name, &state, &failure), "GetWriterStatus");
  if (!FAILED(failure) && !HasFailed(state)) return;
  Warn("VSS writer " + name.ToString() + ": " + (FAILED(failure) ? WriterFailure(failure) : WordOf(state)));
}

/** A volume that has no snapshots is read live, and warned of. */
template <typename Step>
void SnapshotSet::Try(Step step) {
  try {
    step();
  } catch (const VssError& error) {
    if (!first_.has_value()) first_ = error;
    Warn(error.what());
  }
}

/** Only when no volume is left there is nothing to do. */
void SnapshotSet::ThrowIfNone(bool none) const {
  if (!none) return;
  throw first_.has_value() ? *first_ : VssError("IsVolumeSupported", VSS_E_VOLUME_NOT_SUPPORTED);
}

void SnapshotSet::Warn(const std::string& sentence) {
  if (std::find(warnings_.begin(), warnings_.end(), sentence) == warnings_.end()) warnings_.push_back(sentence);
}
