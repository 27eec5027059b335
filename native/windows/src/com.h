#pragma once

#include <windows.h>

#include <objbase.h>

#include <memory>

/** Owns one reference of a COM object. */
struct ReleaseReference {
  void operator()(IUnknown* object) const { object->Release(); }
};
template <typename Interface>
using ComOwner = std::unique_ptr<Interface, ReleaseReference>;

/** Owns a kernel handle. */
struct CloseOwnedHandle {
  void operator()(HANDLE handle) const { CloseHandle(handle); }
};
using HandleOwner = std::unique_ptr<void, CloseOwnedHandle>;

/** Gives a function the place that `owner` keeps what it hands out in, as `Interface**`. */
template <typename Interface>
class ComOut {
 public:
  explicit ComOut(ComOwner<Interface>& owner) : owner_(owner) {}
  ~ComOut() { owner_.reset(raw_); }
  ComOut(const ComOut&) = delete;
  ComOut& operator=(const ComOut&) = delete;
  operator Interface**() { return &raw_; }

 private:
  ComOwner<Interface>& owner_;
  Interface* raw_ = nullptr;
};

/** The calling thread's stay in the multithreaded apartment. COM objects made meanwhile end before it does. */
class Apartment {
 public:
  Apartment() : result_(CoInitializeEx(nullptr, COINIT_MULTITHREADED)) {}
  ~Apartment() {
    if (SUCCEEDED(result_)) CoUninitialize();
  }
  Apartment(const Apartment&) = delete;
  Apartment& operator=(const Apartment&) = delete;
  HRESULT result() const { return result_; }

 private:
  const HRESULT result_;
};
