// Swift 6.0's libswiftObservation for Linux needs this and no library of its has it.
#include <stdlib.h>

void threading_fatal(const char *message, ...) __asm__("_ZN5swift9threading5fatalEPKcz");

void threading_fatal(const char *message, ...) { abort(); }
