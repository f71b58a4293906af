// A shared object without tasks.
extern "C" __attribute__((visibility("default"))) const int kNothing;
const int kNothing = 1;
