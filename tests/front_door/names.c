/* Preloaded into a process, this resolves every name of `journal.example` to this machine, as the name
 * service of a deployment would. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <netdb.h>
#include <string.h>

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **found) {
    static const char domain[] = ".journal.example";
    int (*next)(const char *, const char *, const struct addrinfo *, struct addrinfo **) =
        dlsym(RTLD_NEXT, "getaddrinfo");
    size_t length = name ? strlen(name) : 0, suffix = sizeof domain - 1;
    if (length > suffix && !strcmp(name + length - suffix, domain))
        name = "127.0.0.1";
    return next(name, service, hints, found);
}
