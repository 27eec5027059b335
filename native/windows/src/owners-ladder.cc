#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <iterator>
#include <memory>

#include "files-failure.h"
#include "owners-routes.h"
#include "owners-thread.h"

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Route {
  const char* name;
  void (*find)(const std::wstring& path, const std::shared_ptr<Findings>& findings);
  /** Threads of this route that nobody waits for any more and that still run; below 0 for a moment while one is counted. */
  std::atomic<int> stuck{0};
};

Route routes[] = {
    {"restart-manager", AskRestartManager},
    {"file-process-ids", AskFileProcessIds},
    {"handle-scan", ScanHandles},
};

std::wstring Wide(const char* text) { return {text, text + std::strlen(text)}; }

void Run(Route& route, const std::wstring& path, const std::shared_ptr<Findings>& findings) {
  try {
    route.find(path, findings);
  } catch (const Failure& failure) {
    findings->Note(Describe(failure));
  } catch (const std::exception& error) {
    findings->Note(Wide(error.what()));
  }
  if (!findings->Finish()) route.stuck--;
}

/** Starts a route in its own thread and waits no longer than `time` for it. */
std::shared_ptr<Findings> Follow(Route& route, const std::wstring& path, milliseconds time) {
  auto findings = std::make_shared<Findings>();
  // A route that hangs once hangs for the next file too: one lost thread is enough.
  if (route.stuck > 0) {
    findings->Note(L"still busy with an earlier file");
    return findings;
  }
  try {
    StartThread([&route, path, findings] { Run(route, path, findings); });
  } catch (const Failure& failure) {
    findings->Note(Describe(failure));
    return findings;
  }
  if (findings->WaitFor(time)) return findings;
  route.stuck++;
  findings->Note(L"no answer within " + std::to_wstring(time.count()) + L" ms");
  return findings;
}

std::vector<Route*> RoutesOf(const OwnersQuestion& question) {
  auto& wanted = question.routes;
  std::vector<Route*> chosen;
  for (Route& route : routes)
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), route.name) != wanted.end())
      chosen.push_back(&route);
  return chosen;
}

}  // namespace

OwnersReport FindOwners(const OwnersQuestion& question) {
  auto end = Clock::now() + question.deadline;
  OwnersReport report;
  std::vector<Route*> chosen = RoutesOf(question);
  auto left = static_cast<int>(chosen.size());
  for (Route* route : chosen) {
    auto remaining = std::chrono::duration_cast<milliseconds>(end - Clock::now());
    auto findings = Follow(*route, question.path, std::max(remaining / left--, milliseconds(1)));
    for (auto& note : findings->Notes()) report.notes.push_back(Wide(route->name) + L": " + note);
    report.owners = findings->Owners();
    if (report.owners.empty()) continue;
    report.route = route->name;
    break;
  }
  return report;
}
