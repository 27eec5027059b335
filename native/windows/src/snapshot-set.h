#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "com.h"
#include "deadline.h"
#include "volumes.h"
#include "vss-errors.h"
#include "vss-operation.h"

/** A volume as it was at one moment. */
struct Shadow {
  /** Where the volume is mounted, with the last backslash. */
  std::wstring volume;
  /** Where its frozen view is, without a last backslash: `\\?\GLOBALROOT\Device\HarddiskVolumeShadowCopy7`. */
  std::wstring device;
};

/** Lets the process speak to VSS; once in its life does something, and must come before the first COM call. */
void InitializeComSecurity();

/**
 * Snapshots of several volumes of one moment: a component-less copy backup, which leaves other programs'
 * log truncation and differentials alone. Every call comes from the thread that made it, within an Apartment.
 * Windows deletes the snapshots when this ends, however it ends.
 */
class SnapshotSet {
 public:
  /** Connects to VSS. Throws VssError. */
  SnapshotSet();
  ~SnapshotSet();
  SnapshotSet(const SnapshotSet&) = delete;
  SnapshotSet& operator=(const SnapshotSet&) = delete;

  /**
   * Freezes the volumes mounted at `paths`, and those mounted below them; once. What a plain backup of files can
   * live with becomes a warning, such as a volume left out. Throws VssError if none is left, at the deadline, and
   * when stopped.
   */
  std::vector<Shadow> Create(const std::vector<std::wstring>& paths, const Deadline& deadline);

  /** Ends the backup and deletes the snapshots. Throws VssError, with the snapshots gone all the same. */
  void Complete(const Deadline& deadline);

  /** Sentences about what Create and Complete lived with. */
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  struct Frozen {
    std::wstring name;
    VSS_ID snapshot;
    std::wstring device;
  };

  void Initialize(const Deadline& deadline);
  std::vector<Volume> SupportedVolumes(const std::vector<std::wstring>& paths);
  void AddWithVolumesBelow(const Volume& volume, std::vector<Volume>& mounted);
  void CheckSupport(const Volume& volume);
  void StartSet(const Deadline& deadline);
  void Add(const Volume& volume);
  void Freeze(const Deadline& deadline);
  void ReadDevice(Frozen& frozen);
  void WarnOfWriters(const Deadline& deadline);
  void WarnOfWriter(UINT index);
  template <typename Step>
  void Try(Step step);
  void ThrowIfNone(bool none) const;
  void Warn(const std::string& sentence);

  struct Library;
  const std::shared_ptr<const Library> library_;
  ComOwner<IVssBackupComponents> components_;
  VSS_ID set_{};
  std::vector<Frozen> frozen_;
  bool prepared_ = false;
  bool complete_ = false;
  std::vector<std::string> warnings_;
  /** Why the first volume that was left out was. */
  std::optional<VssError> first_;
};
