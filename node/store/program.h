/* program.h - which program this is: kept with what it writes, so that an older one can be told what it needs. */
#ifndef QIAN_NODE_STORE_PROGRAM_H
#define QIAN_NODE_STORE_PROGRAM_H
#define QIAN_VERSION "0.1.0"
#endif
