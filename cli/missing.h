/* A folder that was to be made, or a file in it, and that has no place. */
#ifndef CLI_MISSING_H
#define CLI_MISSING_H

/* Tells which folder above path is not there, or is none; exit code. To be called when path could not be reached for ERR_NOFILE. */
int missing_above(const char *path);

#endif
