/* thumb_cage.h - what a program that reads hostile pictures may do on this machine: next to nothing.
 *
 * Linux only. Of the file system it sees /usr and the loader's cache, to read (Landlock); sockets are closed to it (seccomp),
 * also the one on which this node takes commands, and so are signals and new processes; limits of time, memory, files and processes. All of it before the program
 * begins, and nothing of it can be taken back.                                                                    */
#ifndef QIAN_NODE_WORK_THUMB_CAGE_H
#define QIAN_NODE_WORK_THUMB_CAGE_H

#include <sys/types.h>

/* A ruleset that allows to read below /usr and of the two programs; -1: this kernel has none. The caller closes it. */
int cage_make(const char *program1, const char *program2);
/* Starts program argv[0] in it with these three descriptors and no other. -1: not started. A child that could not be shut in
 * ends with CAGE_FAILED, and the program has not begun.                                                           */
#define CAGE_FAILED 127
pid_t cage_start(int cage, const char *const argv[], int in, int out, int err);
#endif
