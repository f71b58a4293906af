// A shared object without tasks.
extern "C" __attribute__((visibility("default"))) const int plyo_nothing;
const int plyo_nothing = 1;
