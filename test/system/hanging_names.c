/* What stands in for a name service that never answers, as a module of the C
 * library's: where HIISI_TEST_NAMES_HANG names a file that is there, whoever
 * asks it waits for ever; else it knows nobody. */
#include <errno.h>
#include <nss.h>
#include <pwd.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

static enum nss_status answer(int* error) {
  const char* hangs = getenv("HIISI_TEST_NAMES_HANG");
  if (hangs != NULL && access(hangs, F_OK) == 0)
    for (;;)
      pause();
  *error = ENOENT;
  return NSS_STATUS_NOTFOUND;
}

enum nss_status _nss_hxthang_getpwnam_r(const char* name, struct passwd* who,
                                        char* text, size_t size, int* error);
enum nss_status _nss_hxthang_getpwuid_r(uid_t uid, struct passwd* who,
                                        char* text, size_t size, int* error);

enum nss_status _nss_hxthang_getpwnam_r(const char* name, struct passwd* who,
                                        char* text, size_t size, int* error) {
  (void)name, (void)who, (void)text, (void)size;
  return answer(error);
}

enum nss_status _nss_hxthang_getpwuid_r(uid_t uid, struct passwd* who,
                                        char* text, size_t size, int* error) {
  (void)uid, (void)who, (void)text, (void)size;
  return answer(error);
}
