// Tools of the benchmark programs: clocks, medians, the compiler's name.
#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>
#include <string>
#include <vector>

namespace bench {

#define PLYO_TEXT_OF(x) #x
#define PLYO_TEXT(x) PLYO_TEXT_OF(x)
inline const char* compiler() {
#if defined(__clang__)
  return "Clang " PLYO_TEXT(__clang_major__) "." PLYO_TEXT(__clang_minor__) "." PLYO_TEXT(
      __clang_patchlevel__);
#elif defined(__GNUC__)
  return "GCC " PLYO_TEXT(__GNUC__) "." PLYO_TEXT(__GNUC_MINOR__) "." PLYO_TEXT(__GNUC_PATCHLEVEL__);
#elif defined(_MSC_VER)
  return "MSVC " PLYO_TEXT(_MSC_VER);
#else
  return "unknown";
#endif
}
#undef PLYO_TEXT
#undef PLYO_TEXT_OF

// The nanoseconds that `work()` takes, by the clock that says less: the wall's, or that of the thread, which leaves out what
// other programs take, but needs a microsecond to be read.
template <class Work>
double timed(Work work) {
#if defined(CLOCK_THREAD_CPUTIME_ID)
  const auto thread_nanoseconds = [] {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
  };
  const double thread_start = thread_nanoseconds();
#endif
  const auto start = std::chrono::steady_clock::now();
  work();
  double passed = std::chrono::duration<double, std::nano>(std::chrono::steady_clock::now() - start).count();
#if defined(CLOCK_THREAD_CPUTIME_ID)
  passed = std::min(passed, thread_nanoseconds() - thread_start);
#endif
  return passed;
}

// Repeats `work()`, which returns the nanoseconds of its timed part, until they add up to `seconds`, in each
// round. Returns the median over the rounds of the nanoseconds a repetition takes. The first round warms up
// and does not count.
template <class Work>
double median_nanoseconds(double seconds, int rounds, Work work) {
  std::vector<double> means;
  for (int round = 0; round <= std::max(1, rounds); ++round) {
    double total = 0;
    double repetitions = 0;
    while (total < seconds * 1e9) {
      total += work();
      repetitions += 1;
    }
    if (round > 0) means.push_back(total / repetitions);
  }
  std::sort(means.begin(), means.end());
  const std::size_t half = means.size() / 2;
  return means.size() % 2 == 1 ? means[half] : (means[half - 1] + means[half]) / 2;
}

}  // namespace bench
