/* placing.h - while a database file is put in the place of another, nobody of this process opens it beside.
 *
 * A reader that has the old file and meets the WAL of the new one would read, or mend, what is not its own. Other processes are
 * kept out by the lock of the directory (open.c). Held for as long as opening or placing takes, never while waiting for another
 * lock; none of it can fail.                                                                                      */
#ifndef QIAN_NODE_STORE_PLACING_H
#define QIAN_NODE_STORE_PLACING_H

#include <sqlite3.h>

void placing_reads(void);  /* somebody opens the file beside; others may too */
void placing_begins(void); /* the file is put in place; nobody opens it */
void placing_over(void);   /* of either */
/* A connection that reads, opened as whoever does so beside must: with its first look, by which it has file and WAL of one
 * database. Gives SQLite's code; *out is closed by the caller, whatever it is.                                       */
int placing_open(sqlite3 **out, const char *path);
#endif
