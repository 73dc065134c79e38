/* Runs a fuzz target without libFuzzer over every file named, and every file of every directory named.
 * The sanitizers and the target's own checks judge; what is printed is how many files there were. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
__attribute__((weak)) int LLVMFuzzerInitialize(int *argc, char ***argv);

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct stat s;
    if (!f || fstat(fileno(f), &s) || s.st_size < 0) {
        perror(path);
        if (f)
            fclose(f);
        return -1;
    }
    /* Exactly as large as the file, so that a read beyond it is seen. */
    size_t n = (size_t)s.st_size;
    uint8_t *p = malloc(n ? n : 1);
    int rc = -1;
    if (p && fread(p, 1, n, f) == n) {
        LLVMFuzzerTestOneInput(p, n);
        rc = 0;
    } else {
        fprintf(stderr, "%s: cannot be read\n", path);
    }
    free(p);
    fclose(f);
    return rc;
}

/* The number of files run, or -1. */
static int run(const char *path)
{
    DIR *d = opendir(path);
    int n = 0;
    if (!d)
        return run_file(path) ? -1 : 1;
    for (struct dirent *e; n >= 0 && (e = readdir(d));) {
        char inner[4096];
        if (e->d_name[0] == '.')
            continue;
        if (snprintf(inner, sizeof(inner), "%s/%s", path, e->d_name) >= (int)sizeof(inner))
            n = -1;
        else
            n = run_file(inner) ? -1 : n + 1;
    }
    closedir(d);
    return n;
}

int main(int argc, char **argv)
{
    int total = 0;
    if (LLVMFuzzerInitialize)
        LLVMFuzzerInitialize(&argc, &argv);
    for (int i = 1; i < argc; i++) {
        int n = run(argv[i]);
        if (n < 0)
            return 1;
        total += n;
    }
    printf("%d files\n", total);
    return total ? 0 : 1;
}
