/* Reads a case of test vectors, runs the kernel, writes the results. The header of an .npy file of version 1.0 is 10 bytes
   and a text whose length the last two of them give; the results have the header of an expected array. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char header[65546];
static size_t header_size;

static void *load(const char *folder, const char *name, size_t *bytes)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    FILE *file = fopen(path, "rb");
    if (!file || fread(header, 1, 10, file) != 10) exit(1);
    const size_t text = (size_t)(unsigned char)header[8] + 256 * (size_t)(unsigned char)header[9];
    if (fread(header + 10, 1, text, file) != text) exit(1);
    header_size = 10 + text;
    header[header_size] = 0;
    char *data = malloc(1 << 24);
    *bytes = data ? fread(data, 1, 1 << 24, file) : 0;
    fclose(file);
    return data;
}

static void save(const char *folder, const char *name, const void *data, size_t bytes)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.npy", folder, name);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(header, 1, header_size, file) != header_size || fwrite(data, 1, bytes, file) != bytes) exit(1);
    fclose(file);
}

int main(int count, char **folders)
{
    for (int k = 1; k < count; ++k) {
        size_t bytes, scale_bytes, shape[4];
        real *scale = load(folders[k], "scale", &scale_bytes);
        real *dy = load(folders[k], "dy", &bytes), *x = load(folders[k], "x", &bytes);
        const char *text = strstr(header + 10, "'shape': (");
        if (!text || sscanf(text, "'shape': (%zu, %zu, %zu, %zu)", shape, shape + 1, shape + 2, shape + 3) != 4) return 1;
        const size_t n = shape[0], c = shape[1], s = shape[2] * shape[3];
        real *y = malloc(bytes), *dx = malloc(bytes), *dscale = malloc(scale_bytes);
        double *sums = malloc(c * sizeof *sums);
        l2norm_forward(n, c, s, x, scale, y);
        l2norm_backward(n, c, s, x, dy, scale, dx, sums);
        save(folders[k], "y", y, bytes);
        save(folders[k], "dx", dx, bytes);
        for (size_t i = 0; i < c; ++i) dscale[i] = (real)sums[i];
        free(load(folders[k], "scale", &scale_bytes)); /* its header */
        save(folders[k], "dscale", dscale, scale_bytes);
    }
    return 0;
}
