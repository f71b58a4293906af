#include "call.hpp"

#include <algorithm>
#include <cstring>
#include <stdexcept>

#include "../engine/errors.hpp"

namespace plyo::xla {
namespace {

// The same type on the program's side, and the one that it has in its place without 64-bit numbers.
ElementType same_type(DType type) {
  constexpr ElementType kTypes[] = {ElementType::kFloat32, ElementType::kFloat64, ElementType::kUint8,
                                    ElementType::kInt8,    ElementType::kInt32,   ElementType::kInt64};
  return kTypes[static_cast<std::size_t>(type)];
}

bool is_narrow_form(ElementType element, DType type) {
  return (element == ElementType::kFloat32 && type == DType::kFloat64) ||
         (element == ElementType::kInt32 && type == DType::kInt64);
}

template <class To, class From>
void convert(const void* from, void* to, std::size_t count) {
  std::transform(static_cast<const From*>(from), static_cast<const From*>(from) + count, static_cast<To*>(to),
                 [](From value) { return static_cast<To>(value); });
}

// A list of buffers as long as it claims: XLA has no other kind of argument or result.
const Buffer& buffer_at(const BufferList& list, std::int64_t i, const char* what) {
  if (i >= list.count || list.kinds[i] != kBufferKind) {
    throw std::invalid_argument(
        text("a call of a batch needs more than ", list.count, ' ', what, "; let plyo.jax make the call"));
  }
  return *list.buffers[i];
}

void check_buffer(const Buffer& buffer, bool has_type, std::size_t count) {
  std::size_t product = 1;
  for (std::int64_t i = 0; i < buffer.rank; ++i) product *= static_cast<std::size_t>(buffer.sizes[i]);
  if (has_type && product == count) return;
  throw std::invalid_argument(text("the handle is of another batch than the call: an array of ", product,
                                   " elements (XLA's type ", static_cast<int>(buffer.type),
                                   ") stands where this batch has ", count,
                                   has_type ? "" : " of another type", "; pass every batch its own handle"));
}

Handle read_handle(const Buffer& buffer) {
  check_buffer(buffer, buffer.type == ElementType::kUint32, sizeof(Handle) / sizeof(std::uint32_t));
  Handle handle;
  std::memcpy(&handle, buffer.data, sizeof handle);
  return handle;
}

}  // namespace

Call::Call(const CallFrame& frame)
    : frame_(frame), handle_(read_handle(buffer_at(frame.arguments, 0, "arguments"))) {
  const Buffer& returned = buffer_at(frame.results, 0, "results");
  check_buffer(returned, returned.type == ElementType::kUint32, sizeof(Handle) / sizeof(std::uint32_t));
  line_ = find_line(handle_.batch);
  if (line_ != nullptr) lock_ = std::unique_lock(line_->mutex, std::try_to_lock);
  if (line_ == nullptr || (lock_.owns_lock() && line_->engine == nullptr)) {
    throw std::invalid_argument("the batch of this handle is closed, or belongs to another process");
  }
  if (!lock_.owns_lock()) {
    throw InUse(
        "this batch of environments is in use by another call of a compiled program; pass each call the "
        "handle "
        "that the call before it returned");
  }
  if (handle_.calls != Handle::kAnyNumber && handle_.calls != line_->calls) {
    throw std::invalid_argument(
        text("this handle is old: it was returned by call ", handle_.calls, " of its batch, which has had ",
             line_->calls,
             "; pass each call the handle that the call before it returned, or, after an error, take "
             "a new one from JaxBatch.handle"));
  }
}

const Buffer& Call::argument(std::int64_t i) const { return buffer_at(frame_.arguments, i, "arguments"); }

std::byte* Call::room(std::size_t bytes) {
  std::vector<std::vector<std::byte>>& all = line_->converted;
  if (all.size() == num_converted_) all.emplace_back();
  std::vector<std::byte>& memory = all[num_converted_++];
  if (memory.size() < bytes) memory.resize(bytes);
  return memory.data();
}

const void* Call::rows(std::int64_t i, DType type, std::size_t values_per_lane) {
  const Buffer& buffer = argument(i);
  const std::size_t count = engine().num_envs() * values_per_lane;
  const bool is_same = buffer.type == same_type(type);
  check_buffer(buffer, is_same || is_narrow_form(buffer.type, type), count);
  if (is_same) return buffer.data;
  std::byte* const converted = room(count * size_of(type));
  if (type == DType::kFloat64) {
    convert<double, float>(buffer.data, converted, count);
  } else {
    convert<std::int64_t, std::int32_t>(buffer.data, converted, count);
  }
  return converted;
}

const std::uint8_t* Call::flags(std::int64_t i) const {
  const Buffer& buffer = argument(i);
  check_buffer(buffer, buffer.type == ElementType::kBool, line_->engine->num_envs());
  return static_cast<const std::uint8_t*>(buffer.data);
}

Buffer& Call::next_result() {
  buffer_at(frame_.results, num_results_, "results");
  return *frame_.results.buffers[num_results_++];
}

void* Call::result(DType type, std::size_t values_per_lane) {
  Buffer& buffer = next_result();
  const std::size_t count = engine().num_envs() * values_per_lane;
  const bool is_same = buffer.type == same_type(type);
  check_buffer(buffer, is_same || is_narrow_form(buffer.type, type), count);
  if (is_same) return buffer.data;
  std::byte* const wide = room(count * size_of(type));
  conversions_.push_back({wide, type, &buffer, count});
  return wide;
}

std::uint8_t* Call::flags_result() {
  Buffer& buffer = next_result();
  check_buffer(buffer, buffer.type == ElementType::kBool, engine().num_envs());
  return static_cast<std::uint8_t*>(buffer.data);
}

Leaves Call::results(const SpaceInfo& space) {
  Leaves leaves;
  for (std::size_t k = 0; k < space.num_leaves; ++k) {
    leaves.at[k] = result(space.leaves[k].dtype, space.leaves[k].values_per_lane());
  }
  return leaves;
}

InfoLeaves Call::results(const InfoList& infos) {
  InfoLeaves leaves;
  std::size_t k = 0;
  for (const InfoLeaf& info : infos) leaves.at[k++] = result(info.dtype, info.shape.count());
  return leaves;
}

void Call::check_complete() const {
  if (frame_.results.count == num_results_) return;
  throw std::invalid_argument(text("the handle is of another batch than the call: ", frame_.results.count,
                                   " results are expected of it, this batch has ", num_results_,
                                   "; pass every batch its own handle"));
}

void Call::finish() {
  for (const Conversion& conversion : conversions_) {
    if (conversion.type == DType::kFloat64) {
      convert<float, double>(conversion.from, conversion.to->data, conversion.count);
    } else {
      convert<std::int32_t, std::int64_t>(conversion.from, conversion.to->data, conversion.count);
    }
  }
  ++line_->calls;
  if (handle_.calls != Handle::kAnyNumber) handle_.calls = line_->calls;
  std::memcpy(frame_.results.buffers[0]->data, &handle_, sizeof handle_);
}

}  // namespace plyo::xla
