#pragma once

#include <windows.h>

#include <ole2.h>

#include <msxml.h>

#include <vss.h>

#include <vswriter.h>

#include <vsbackup.h>

#include "deadline.h"

/** A method that starts what takes its time. */
using VssOperation = HRESULT (STDMETHODCALLTYPE IVssBackupComponents::*)(IVssAsync**);

/** Starts an operation and waits for its end; at the deadline, or when stopped, cancels it. Throws VssError. */
void Run(IVssBackupComponents& components, VssOperation start, const char* step, const Deadline& deadline);
