// A test harness of a few macros: no framework has to be on the machine to test the C++ library.
#pragma once

#include <cmath>
#include <exception>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

namespace plyo::testing {

struct Test {
  const char* name;
  void (*body)();
};

inline std::vector<Test>& tests() {
  static std::vector<Test> all;
  return all;
}

inline int& failures() {
  static int count = 0;
  return count;
}

struct Registrar {
  Registrar(const char* name, void (*body)()) { tests().push_back({name, body}); }
};

inline void fail(const char* file, int line, const std::string& what) {
  ++failures();
  std::cerr << file << ":" << line << ": " << what << "\n";
}

}  // namespace plyo::testing

#define PLYO_TEST(name)                                                     \
  static void name();                                                       \
  static const ::plyo::testing::Registrar registrar_##name(#name, &(name)); \
  static void name()

#define CHECK(condition)                                                                         \
  do {                                                                                           \
    if (!(condition)) ::plyo::testing::fail(__FILE__, __LINE__, "CHECK(" #condition ") failed"); \
  } while (false)

#define CHECK_EQ(a, b)                                                                   \
  do {                                                                                   \
    const auto check_a = (a);                                                            \
    const auto check_b = (b);                                                            \
    if (!(check_a == check_b)) {                                                         \
      std::ostringstream check_what;                                                     \
      check_what.precision(17);                                                          \
      check_what << "CHECK_EQ(" #a ", " #b ") failed: " << check_a << " != " << check_b; \
      ::plyo::testing::fail(__FILE__, __LINE__, check_what.str());                       \
    }                                                                                    \
  } while (false)

#define CHECK_NEAR(a, b, tolerance)                                                         \
  do {                                                                                      \
    const auto check_a = (a);                                                               \
    const auto check_b = (b);                                                               \
    if (!(std::abs(check_a - check_b) <= (tolerance))) {                                    \
      std::ostringstream check_what;                                                        \
      check_what.precision(17);                                                             \
      check_what << "CHECK_NEAR(" #a ", " #b ") failed: " << check_a << " and " << check_b; \
      ::plyo::testing::fail(__FILE__, __LINE__, check_what.str());                          \
    }                                                                                       \
  } while (false)

#define CHECK_THROWS(expression, Exception)                                                \
  do {                                                                                     \
    bool check_thrown = false;                                                             \
    try {                                                                                  \
      (void)(expression);                                                                  \
    } catch (const Exception&) {                                                           \
      check_thrown = true;                                                                 \
    }                                                                                      \
    if (!check_thrown) {                                                                   \
      ::plyo::testing::fail(__FILE__, __LINE__, #expression " did not throw " #Exception); \
    }                                                                                      \
  } while (false)
