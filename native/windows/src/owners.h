#pragma once

#include <windows.h>

#include <chrono>
#include <string>
#include <vector>

/** A process that holds a file. What Windows does not tell stays empty. */
struct Owner {
  DWORD pid = 0;
  /** `OUTLOOK.EXE` */
  std::wstring program;
  /** Of the program's image. */
  std::wstring path;
  /** `DOMAIN\name` */
  std::wstring user;
  /** The display name of the service that it runs. */
  std::wstring service;
  /** How it holds the file, in words. */
  std::wstring how;
  /** When the process began, a FILETIME; 0 if that is not known. Tells it from a later one of the same pid. */
  int64_t started = 0;
};

struct OwnersQuestion {
  std::wstring path;
  std::chrono::milliseconds deadline;
  /** The routes to go, in our order; all if empty. */
  std::vector<std::string> routes;
};

struct OwnersReport {
  std::vector<Owner> owners;
  /** The route that found them, or `none`. */
  const char* route = "none";
  /** What went wrong on the way, and what could not be looked at. */
  std::vector<std::wstring> notes;
};

/**
 * Who holds a file. Goes the routes in order until one finds somebody; each runs in a thread of its own and has its
 * share of the time that is left; one that does not answer in time is left to itself. Blocks until the deadline at most.
 */
OwnersReport FindOwners(const OwnersQuestion& question);
