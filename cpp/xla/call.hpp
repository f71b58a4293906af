// One call of a batch by a compiled program: the arrays of its arguments and results, checked and converted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "../engine/engine.hpp"
#include "ffi_abi.hpp"
#include "port.hpp"

namespace plyo::xla {

// The first argument is the handle, and so is the first result. Others have one row a lane. Arrays of 64-bit numbers may
// be of 32 bits on the program's side, which often has no others.
class Call {
 public:
  // Throws std::invalid_argument and InUse, as all that follows, if the program does not fit the batch.
  explicit Call(const CallFrame& frame);

  Engine& engine() { return *line_->engine; }
  const BeforeReset& before_reset() const { return line_->before_reset; }
  std::int64_t num_arguments() const { return frame_.arguments.count; }
  const Buffer& argument(std::int64_t i) const;

  // The rows of argument `i` in the engine's type.
  const void* rows(std::int64_t i, DType type, std::size_t values_per_lane);
  // A flag for each lane.
  const std::uint8_t* flags(std::int64_t i) const;
  // The next result, as memory to write in the engine's type.
  void* result(DType type, std::size_t values_per_lane);
  std::uint8_t* flags_result();
  // The next results, one a leaf or an info.
  Leaves results(const SpaceInfo& space);
  InfoLeaves results(const InfoList& infos);
  // Checks that the program expects no more results. To be called before the batch changes.
  void check_complete() const;
  // The batch has changed: counts the call, converts the results and returns the handle.
  void finish();

 private:
  struct Conversion {
    const void* from;
    DType type;
    Buffer* to;
    std::size_t count;
  };

  Buffer& next_result();
  std::byte* room(std::size_t bytes);

  const CallFrame& frame_;
  Handle handle_;
  std::shared_ptr<Line> line_;
  std::unique_lock<std::mutex> lock_;
  std::int64_t num_results_ = 1;  // the handle
  std::size_t num_converted_ = 0;
  std::vector<Conversion> conversions_;
};

}  // namespace plyo::xla
