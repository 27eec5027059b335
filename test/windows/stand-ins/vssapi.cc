// A stand-in for the vssapi.dll of Windows: what it freezes are copies of directories. It is strict about the order
// of calls, as far as Microsoft's pages tell it; the real one may be looser or stricter. See faults.h.

#include <windows.h>

#include <ole2.h>

#include <msxml.h>

#include <vss.h>

#include <vswriter.h>

#include <vsbackup.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "copies.h"
#include "faults.h"
#include "mounts.h"

namespace {

/** Sets that are being made, of this whole process: there may be one at a time. */
std::atomic<int> setsUnderWay{0};
constexpr size_t mostVolumes = 64;

/** Counts references; the last one deletes. */
template <typename Interface>
class Counted : public Interface {
 public:
  virtual ~Counted() = default;
  HRESULT STDMETHODCALLTYPE QueryInterface(REFIID, void**) override { return E_NOINTERFACE; }
  ULONG STDMETHODCALLTYPE AddRef() override { return ++count_; }
  ULONG STDMETHODCALLTYPE Release() override {
    const ULONG left = --count_;
    if (left == 0) delete this;
    return left;
  }

 private:
  std::atomic<ULONG> count_{1};
};

/** Something that takes its time. */
class Operation : public Counted<IVssAsync> {
 public:
  Operation(std::string step, std::atomic<int>& underWay)
      : step_(std::move(step)), end_(GetTickCount64() + delayOf(step_)), underWay_(underWay) {
    underWay_++;
  }
  ~Operation() override { finish(); }

  HRESULT STDMETHODCALLTYPE Cancel() override {
    note("Cancel " + step_);
    cancelled_ = true;
    finish();
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE Wait(DWORD longest) override {
    const ULONGLONG now = GetTickCount64();
    if (!cancelled_ && now < end_) Sleep(static_cast<DWORD>(std::min<ULONGLONG>(longest, end_ - now)));
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE QueryStatus(HRESULT* status, INT*) override {
    *status = cancelled_ ? VSS_S_ASYNC_CANCELLED : GetTickCount64() < end_ ? VSS_S_ASYNC_PENDING : outcome();
    if (*status != VSS_S_ASYNC_PENDING) finish();
    return S_OK;
  }

 private:
  HRESULT outcome() const {
    const HRESULT fault = faultOf("@" + step_);
    return FAILED(fault) ? fault : VSS_S_ASYNC_FINISHED;
  }
  void finish() {
    if (!finished_) underWay_--;
    finished_ = true;
  }

  const std::string step_;
  const ULONGLONG end_;
  std::atomic<int>& underWay_;
  bool cancelled_ = false;
  bool finished_ = false;
};

struct Copy {
  std::wstring volume;
  VSS_ID id;
  std::wstring device;
};

VSS_PWSZ allocated(const std::wstring& text) {
  const size_t size = (text.size() + 1) * sizeof(wchar_t);
  auto* copy = static_cast<VSS_PWSZ>(CoTaskMemAlloc(size));
  memcpy(copy, text.c_str(), size);
  return copy;
}

/** A call: noted, injected with its fault, refused on another thread or when out of order. */
#define CALL(step, rule)                                            \
  do {                                                              \
    note(step);                                                     \
    if (GetCurrentThreadId() != thread_) return RPC_E_WRONG_THREAD; \
    const HRESULT fault = faultOf(step);                            \
    if (FAILED(fault)) return fault;                                \
    if (underWay_ > 0 || !(rule)) return refused(step);             \
  } while (false)

#define UNUSED(name, ...) \
  HRESULT STDMETHODCALLTYPE name(__VA_ARGS__) override { return E_NOTIMPL; }

class Components : public Counted<IVssBackupComponents> {
 public:
  ~Components() override {
    note(underWay_ > 0 ? "Release while an operation is under way" : "Release");
    endSet();
    removeCopies();
  }

  HRESULT STDMETHODCALLTYPE InitializeForBackup(BSTR xml) override {
    CALL("InitializeForBackup", !initialized_ && xml == nullptr);
    initialized_ = true;
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE SetContext(LONG context) override {
    CALL("SetContext", initialized_ && !hasContext_ && !gathered_ && context == VSS_CTX_BACKUP);
    hasContext_ = true;
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE SetBackupState(boolean components, boolean bootable, VSS_BACKUP_TYPE type,
                                           boolean partial) override {
    CALL("SetBackupState", initialized_ && !prepared_);
    if (components || bootable || partial || type != VSS_BT_COPY) return E_INVALIDARG;
    hasState_ = true;
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE GatherWriterMetadata(IVssAsync** operation) override {
    CALL("GatherWriterMetadata", initialized_ && !gathered_);
    gathered_ = true;
    return start("GatherWriterMetadata", operation);
  }

  HRESULT STDMETHODCALLTYPE FreeWriterMetadata() override {
    CALL("FreeWriterMetadata", gathered_);
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE IsVolumeSupported(VSS_ID, VSS_PWSZ volume, WINBOOL* supported) override {
    CALL("IsVolumeSupported", initialized_ && hasContext_);
    const std::string directory = unixPathOf(volume);
    *supported = directory.size() > 1 && variable(L"FAKEVSS_UNSUPPORTED") != volume;
    return directory.empty() ? VSS_E_OBJECT_NOT_FOUND : S_OK;
  }

  HRESULT STDMETHODCALLTYPE StartSnapshotSet(VSS_ID* id) override {
    CALL("StartSnapshotSet", gathered_ && !inSet_ && !frozen_);
    if (setsUnderWay.fetch_add(1) > 0) {
      setsUnderWay--;
      return VSS_E_SNAPSHOT_SET_IN_PROGRESS;
    }
    inSet_ = true;
    CoCreateGuid(&set_);
    *id = set_;
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE AddToSnapshotSet(VSS_PWSZ volume, VSS_ID, VSS_ID* id) override {
    CALL("AddToSnapshotSet", inSet_ && !prepared_);
    const std::wstring name = volume;
    if (name.empty() || name.back() != L'\\') return E_INVALIDARG;
    if (copies_.size() == mostVolumes) return VSS_E_MAXIMUM_NUMBER_OF_VOLUMES_REACHED;
    const auto same = [&](const Copy& copy) { return _wcsicmp(copy.volume.c_str(), volume) == 0; };
    if (std::any_of(copies_.begin(), copies_.end(), same)) return VSS_E_OBJECT_ALREADY_EXISTS;
    CoCreateGuid(id);
    copies_.push_back({name, *id, L""});
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE PrepareForBackup(IVssAsync** operation) override {
    CALL("PrepareForBackup", hasState_ && inSet_ && !copies_.empty() && !prepared_);
    prepared_ = true;
    return start("PrepareForBackup", operation);
  }

  HRESULT STDMETHODCALLTYPE DoSnapshotSet(IVssAsync** operation) override {
    CALL("DoSnapshotSet", prepared_ && inSet_);
    for (Copy& copy : copies_) {
      copy.device = copyVolume(copy.volume);
      if (copy.device.empty()) return VSS_E_UNEXPECTED_PROVIDER_ERROR;
    }
    endSet();
    frozen_ = true;
    return start("DoSnapshotSet", operation);
  }

  HRESULT STDMETHODCALLTYPE GatherWriterStatus(IVssAsync** operation) override {
    CALL("GatherWriterStatus", prepared_);
    hasStatus_ = true;
    return start("GatherWriterStatus", operation);
  }

  HRESULT STDMETHODCALLTYPE GetWriterStatusCount(UINT* count) override {
    CALL("GetWriterStatusCount", hasStatus_);
    *count = variable(L"FAKEVSS_WRITER").empty() ? 1 : 2;
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE GetWriterStatus(UINT index, VSS_ID*, VSS_ID*, BSTR* name, VSS_WRITER_STATE* state,
                                            HRESULT* failure) override {
    CALL("GetWriterStatus", hasStatus_);
    const std::wstring failed = variable(L"FAKEVSS_WRITER");
    const auto colon = failed.find(L':');
    *name = SysAllocString(index == 0 ? L"System Writer" : failed.substr(0, colon).c_str());
    *state = index == 0 ? VSS_WS_STABLE : VSS_WS_FAILED_AT_FREEZE;
    *failure = index == 0 ? S_OK : static_cast<HRESULT>(wcstoul(failed.c_str() + colon + 1, nullptr, 16));
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE FreeWriterStatus() override {
    CALL("FreeWriterStatus", hasStatus_);
    hasStatus_ = false;
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE GetSnapshotProperties(VSS_ID id, VSS_SNAPSHOT_PROP* properties) override {
    CALL("GetSnapshotProperties", frozen_);
    for (const Copy& copy : copies_) {
      if (!IsEqualGUID(copy.id, id)) continue;
      *properties = {};
      properties->m_SnapshotId = id;
      properties->m_SnapshotSetId = set_;
      properties->m_pwszSnapshotDeviceObject = allocated(copy.device);
      properties->m_pwszOriginalVolumeName = allocated(copy.volume);
      properties->m_eStatus = VSS_SS_CREATED;
      return S_OK;
    }
    return VSS_E_OBJECT_NOT_FOUND;
  }

  HRESULT STDMETHODCALLTYPE BackupComplete(IVssAsync** operation) override {
    CALL("BackupComplete", frozen_ && !complete_);
    complete_ = true;
    return start("BackupComplete", operation);
  }

  HRESULT STDMETHODCALLTYPE DeleteSnapshots(VSS_ID id, VSS_OBJECT_TYPE type, WINBOOL, LONG* deleted,
                                            VSS_ID* kept) override {
    CALL("DeleteSnapshots", frozen_ && type == VSS_OBJECT_SNAPSHOT_SET);
    *kept = {};
    if (!IsEqualGUID(id, set_)) return VSS_E_OBJECT_NOT_FOUND;
    *deleted = static_cast<LONG>(copies_.size());
    removeCopies();
    return S_OK;
  }

  HRESULT STDMETHODCALLTYPE AbortBackup() override {
    CALL("AbortBackup", prepared_);
    endSet();
    return S_OK;
  }

  UNUSED(GetWriterComponentsCount, UINT*)
  UNUSED(GetWriterComponents, UINT, IVssWriterComponentsExt**)
  UNUSED(InitializeForRestore, BSTR)
  UNUSED(SetRestoreState, VSS_RESTORE_TYPE)
  UNUSED(GetWriterMetadataCount, UINT*)
  UNUSED(GetWriterMetadata, UINT, VSS_ID*, IVssExamineWriterMetadata**)
  UNUSED(AddComponent, VSS_ID, VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR)
  UNUSED(SetBackupSucceeded, VSS_ID, VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, boolean)
  UNUSED(SetBackupOptions, VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, LPCWSTR)
  UNUSED(SetSelectedForRestore, VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, boolean)
  UNUSED(SetRestoreOptions, VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, LPCWSTR)
  UNUSED(SetAdditionalRestores, VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, boolean)
  UNUSED(SetPreviousBackupStamp, VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, LPCWSTR)
  UNUSED(SaveAsXML, BSTR*)
  UNUSED(AddAlternativeLocationMapping, VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, LPCWSTR, LPCWSTR, boolean, LPCWSTR)
  UNUSED(AddRestoreSubcomponent, VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, LPCWSTR, LPCWSTR, boolean)
  UNUSED(SetFileRestoreStatus, VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, VSS_FILE_RESTORE_STATUS)
  UNUSED(AddNewTarget, VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, LPCWSTR, LPCWSTR, boolean, LPCWSTR)
  UNUSED(SetRangesFilePath, VSS_ID, VSS_COMPONENT_TYPE, LPCWSTR, LPCWSTR, UINT, LPCWSTR)
  UNUSED(PreRestore, IVssAsync**)
  UNUSED(PostRestore, IVssAsync**)
  UNUSED(ImportSnapshots, IVssAsync**)
  UNUSED(BreakSnapshotSet, VSS_ID)
  UNUSED(Query, VSS_ID, VSS_OBJECT_TYPE, VSS_OBJECT_TYPE, IVssEnumObject**)
  UNUSED(DisableWriterClasses, const VSS_ID*, UINT)
  UNUSED(EnableWriterClasses, const VSS_ID*, UINT)
  UNUSED(DisableWriterInstances, const VSS_ID*, UINT)
  UNUSED(ExposeSnapshot, VSS_ID, VSS_PWSZ, LONG, VSS_PWSZ, VSS_PWSZ*)
  UNUSED(RevertToSnapshot, VSS_ID, WINBOOL)
  UNUSED(QueryRevertStatus, VSS_PWSZ, IVssAsync**)

 private:
  HRESULT start(const char* step, IVssAsync** operation) {
    *operation = new Operation(step, underWay_);
    return S_OK;
  }

  static HRESULT refused(const std::string& step) {
    note("out of order: " + step);
    return VSS_E_BAD_STATE;
  }

  void endSet() {
    if (inSet_) setsUnderWay--;
    inSet_ = false;
  }

  void removeCopies() {
    for (const Copy& copy : copies_)
      if (!copy.device.empty() && !removeCopy(copy.device)) note("left behind");
    copies_.clear();
  }

  const DWORD thread_ = GetCurrentThreadId();
  std::atomic<int> underWay_{0};
  std::vector<Copy> copies_;
  VSS_ID set_{};
  bool initialized_ = false, hasContext_ = false, hasState_ = false, gathered_ = false, inSet_ = false;
  bool prepared_ = false, frozen_ = false, hasStatus_ = false, complete_ = false;
};

}  // namespace

extern "C" HRESULT STDAPICALLTYPE createComponents(IVssBackupComponents** components) {
  note("CreateVssBackupComponents");
  standInForMountPoints();
  APTTYPE type;
  APTTYPEQUALIFIER qualifier;
  if (CoGetApartmentType(&type, &qualifier) != S_OK) return CO_E_NOTINITIALIZED;
  if (type != APTTYPE_MTA) return RPC_E_WRONG_THREAD;
  const HRESULT fault = faultOf("CreateVssBackupComponents");
  if (FAILED(fault)) return fault;
  *components = new Components;
  return S_OK;
}

extern "C" void STDAPICALLTYPE freeProperties(VSS_SNAPSHOT_PROP* properties) {
  note("VssFreeSnapshotProperties");
  CoTaskMemFree(properties->m_pwszSnapshotDeviceObject);
  CoTaskMemFree(properties->m_pwszOriginalVolumeName);
}
