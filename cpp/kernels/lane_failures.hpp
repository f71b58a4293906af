// What a kernel throws whose lanes fail alone.
#pragma once

#include <exception>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "../core/isa.hpp"
#include "lane_view.hpp"

namespace plyo {

// Some lanes of a call have failed, and all others are as they should be.
class LaneFailures : public std::exception {
 public:
  struct Failure {
    LaneIndex lane;
    std::string what;
  };

  // Calls `work()`; an exception is kept as the lane's failure. Running out of memory is no matter of one lane.
  template <class Work>
  void guard(LaneIndex lane, const Work& work) {
    try {
      work();
    } catch (const std::bad_alloc&) {
      throw;
    } catch (const std::exception& error) {
      keep(lane, error.what());
    }
  }
  // Throws these failures, if there are any.
  void raise() && {
    if (!failures_.empty()) throw_all();
  }

  const std::vector<Failure>& failures() const { return failures_; }
  const char* what() const noexcept override {
    return failures_.empty() ? "no lane has failed" : failures_.front().what.c_str();
  }

 private:
  // Not inlined into every kernel, which would be much to compile for what is rare.
  PLYO_NOINLINE void keep(LaneIndex lane, const char* what) { failures_.push_back({lane, what}); }
  [[noreturn]] PLYO_NOINLINE void throw_all() { throw LaneFailures(std::move(*this)); }

  std::vector<Failure> failures_;
};

}  // namespace plyo
