/* A host of libngspice, as a schematic editor is one: it loads the library, runs a circuit twice,
 * unloads the library and starts over. ngspice never unloads code models, so these live through it
 * all and must take to the library's new place.
 *
 *   libngspice_reload LIBNGSPICE DECK VECTOR ROUNDS [CODEMODEL...]
 *
 * Prints the last value of VECTOR after each run: `value 0.123...`. What ngspice says goes to
 * standard error. Exit code 0, or 1 with a message.
 */
#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The part of ngspice's shared-library interface that is used here (manual, chapter 19). */
struct vector_info {
    char *name;
    int type;
    short flags;
    double *real;
    void *complex_data;
    int length;
};
typedef int (*init_fn)(int (*)(char *, int, void *), int (*)(char *, int, void *),
                       int (*)(int, bool, bool, int, void *), void *, void *, void *, void *);
typedef int (*command_fn)(char *);
typedef int (*circuit_fn)(char **);
typedef struct vector_info *(*vector_fn)(char *);

static int say(char *text, int id, void *user)
{
    (void)id;
    (void)user;
    fprintf(stderr, "%s\n", text);
    return 0;
}

static int leave(int status, bool immediate, bool quit, int id, void *user)
{
    (void)immediate;
    (void)quit;
    (void)id;
    (void)user;
    fprintf(stderr, "ngspice wants to exit with %d\n", status);
    exit(1);
}

static void *symbol(void *library, const char *name)
{
    void *address = dlsym(library, name);
    if (!address) {
        fprintf(stderr, "no symbol %s: %s\n", name, dlerror());
        exit(1);
    }
    return address;
}

/* The lines of a file, ended by NULL. */
static char **read_lines(const char *path)
{
    enum { MAX_LINES = 1000, MAX_LENGTH = 4096 };
    static char line[MAX_LENGTH];
    char **lines = calloc(MAX_LINES + 1, sizeof *lines);
    FILE *file = fopen(path, "r");
    if (!file || !lines) {
        perror(path);
        exit(1);
    }
    for (size_t count = 0; count < MAX_LINES && fgets(line, sizeof line, file); count++) {
        line[strcspn(line, "\n")] = '\0';
        lines[count] = strdup(line);
    }
    fclose(file);
    return lines;
}

static void command(command_fn send, const char *text)
{
    char buffer[4096];
    snprintf(buffer, sizeof buffer, "%s", text);
    if (send(buffer) != 0) {
        fprintf(stderr, "refused: %s\n", text);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: %s LIBNGSPICE DECK VECTOR ROUNDS [CODEMODEL...]\n", argv[0]);
        return 1;
    }
    char **deck = read_lines(argv[2]);
    int rounds = atoi(argv[4]);
    for (int round = 0; round < rounds; round++) {
        void *library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
        if (!library) {
            fprintf(stderr, "%s\n", dlerror());
            return 1;
        }
        command_fn send = (command_fn)symbol(library, "ngSpice_Command");
        init_fn init = (init_fn)symbol(library, "ngSpice_Init");
        circuit_fn circuit = (circuit_fn)symbol(library, "ngSpice_Circ");
        vector_fn vector = (vector_fn)symbol(library, "ngGet_Vec_Info");
        init(say, say, leave, NULL, NULL, NULL, NULL);
        for (int model = 5; model < argc; model++) {
            char text[4096];
            snprintf(text, sizeof text, "codemodel %s", argv[model]);
            command(send, text);
        }
        for (int run = 0; run < 2; run++) {
            if (circuit(deck) != 0) {
                fprintf(stderr, "circuit refused\n");
                return 1;
            }
            command(send, "run");
            struct vector_info *result = vector(argv[3]);
            if (!result || !result->real || result->length < 1) {
                fprintf(stderr, "no vector %s\n", argv[3]);
                return 1;
            }
            printf("value %.17g\n", result->real[result->length - 1]);
            fflush(stdout);
            command(send, "remcirc");
        }
        dlclose(library);
        /* Without this the test would test nothing. */
        if (dlopen(argv[1], RTLD_NOW | RTLD_NOLOAD)) {
            fprintf(stderr, "%s stays loaded\n", argv[1]);
            return 1;
        }
    }
    return 0;
}
