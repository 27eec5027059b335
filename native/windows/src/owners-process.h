#pragma once

#include <cstddef>
#include <vector>

#include "owners-findings.h"

/** Publishes the owners, with what can be learned of their processes as it comes: the slow part, the user, last. */
void DescribeAndPublish(std::vector<Owner> owners, Findings& findings);
