// Runs every PLYO_TEST of the files linked in, or those whose name contains the first argument.
#include "check.hpp"

int main(int argc, char** argv) {
  const std::string filter = argc > 1 ? argv[1] : "";
  int ran = 0;
  for (const auto& test : plyo::testing::tests()) {
    if (std::string(test.name).find(filter) == std::string::npos) continue;
    ++ran;
    const int before = plyo::testing::failures();
    try {
      test.body();
    } catch (const std::exception& error) {
      plyo::testing::fail(test.name, 0, std::string("uncaught exception: ") + error.what());
    }
    std::cout << (plyo::testing::failures() == before ? "ok   " : "FAIL ") << test.name << "\n";
  }
  std::cout << ran << " tests, " << plyo::testing::failures() << " failed checks\n";
  return ran > 0 && plyo::testing::failures() == 0 ? 0 : 1;
}
