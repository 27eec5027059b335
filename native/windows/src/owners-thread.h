#pragma once

#include <functional>

/**
 * Runs `work` in a thread that nobody waits for. Throws Failure if there can be no thread. Not std::thread, whose detach()
 * fails under mingw-w64 if the thread has ended before it.
 */
void StartThread(std::function<void()> work);
