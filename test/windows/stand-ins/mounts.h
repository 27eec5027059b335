#pragma once

// Volumes mounted in directories, which Wine does not know: the addon is made to see those of the environment.
//   FAKEVSS_MOUNTS=T:\disk\;T:\disk\inner\     each a volume of its own
//   FAKEVSS_MOUNTS=T:\disk\;T:\again\=T:\disk\ the second is another place of the first

/** Answers for Windows when the addon asks for mount points. */
void standInForMountPoints();
