// The memory of each lane: state words, random stream, clock, running return.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

#include "../core/fetch.hpp"
#include "../core/rng.hpp"
#include "../kernels/lane_view.hpp"
#include "../kernels/state_ops.hpp"

namespace plyo {

// The status of a lane; 0 means that it is in the middle of an episode.
namespace lane_status {
inline constexpr std::uint8_t kEnded = 1;       // terminated or truncated at the last step
inline constexpr std::uint8_t kTerminated = 2;  // with kEnded: terminated
inline constexpr std::uint8_t kNeverReset = 4;
inline constexpr std::uint8_t kAll = kEnded | kTerminated | kNeverReset;
}  // namespace lane_status

// A zeroed array whose pages the system provides when they are first used.
template <class T>
class LazyArray {
 public:
  // Throws std::bad_alloc.
  explicit LazyArray(std::size_t size);
  LazyArray(const LazyArray& other) : LazyArray(other.size_) {
    std::memcpy(static_cast<void*>(data()), other.data(), size_ * sizeof(T));
  }
  LazyArray(LazyArray&&) noexcept = default;
  LazyArray& operator=(LazyArray&&) noexcept = default;
  ~LazyArray() = default;

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  T& operator[](std::size_t i) { return data_.get()[i]; }
  const T& operator[](std::size_t i) const { return data_.get()[i]; }

 private:
  struct Free {
    void operator()(T* pointer) const { std::free(pointer); }  // NOLINT: pairs with calloc
  };
  static_assert(std::is_trivially_copyable_v<T>);
  std::size_t size_;
  std::unique_ptr<T, Free> data_;
};

template <class T>
LazyArray<T>::LazyArray(std::size_t size) : size_(size) {
  // one element at least, so that an empty array has an address too
  auto* memory = static_cast<T*>(std::calloc(size == 0 ? 1 : size, sizeof(T)));  // NOLINT: freed above
  if (memory == nullptr) throw std::bad_alloc();
  data_.reset(memory);
}

// Lanes from one plane of a batch to the next.
std::size_t padded_stride(std::size_t num_lanes);

// The planes of a batch, with its snapshots and its backup.
class LaneStore {
 public:
  // Throws std::bad_alloc if the planes do not fit into memory. `memory_bytes` of each lane are for what the
  // output remembers of it, zeros at first.
  LaneStore(const StateOps& ops, std::size_t num_lanes, std::size_t memory_bytes = 0);
  ~LaneStore();
  LaneStore(const LaneStore&) = delete;
  LaneStore& operator=(const LaneStore&) = delete;

  // Makes the States under these Params, which must live as long as the store. Throws what the task
  // throws.
  void create(const void* params);

  std::size_t num_lanes() const { return num_lanes_; }

  // The lanes from `first` on, for kernels.
  LaneView view(std::size_t first, const void* params) {
    return {words_.data() + first * ops_.word_bytes, stride_, rngs_.data() + first, params};
  }

  LazyArray<std::uint8_t>& status() { return status_; }
  const LazyArray<std::uint8_t>& status() const { return status_; }
  LazyArray<std::int32_t>& elapsed() { return elapsed_; }
  const LazyArray<std::int32_t>& elapsed() const { return elapsed_; }
  LazyArray<double>& returns() { return returns_; }
  LazyArray<Rng>& rngs() { return rngs_; }
  // Brings the streams of some lanes, counted from `first`, into the cache: what resets would wait for longest.
  void fetch_streams(std::size_t first, const LaneIndex* lanes, std::size_t count) const {
    for (std::size_t i = 0; i < count; ++i) fetch(&rngs_[first + lanes[i]], sizeof(Rng));
  }
  std::byte* memory(std::size_t lane) { return memory_.data() + lane * memory_bytes_; }

  // Bytes that save() writes for one lane, how many of them, the first, are of its State, and where in them
  // what the output remembers begins.
  std::size_t lane_bytes() const { return state_bytes_ + kFixedBytes + memory_bytes_; }
  std::size_t state_bytes() const { return state_bytes_; }
  std::size_t memory_offset() const { return state_bytes_ + kFixedBytes; }

  // Copies a lane to or from `record`, of lane_bytes(). Returns false if there is no memory for the State:
  // the lane is then one that was never reset.
  void save(std::size_t lane, std::byte* record) const;
  bool load(std::size_t lane, const std::byte* record);

  // Makes every lane a copy of a lane of a store of the same task: lane i is sources[i] of that. Throws
  // std::bad_alloc where there is no memory for a State; the lanes are then ones that were never reset.
  void copy(const LaneStore& from, std::span<const std::size_t> sources);

  // save() and load() of the State alone, of state_bytes().
  void save_state(std::size_t lane, std::byte* record) const;
  bool load_state(std::size_t lane, const std::byte* record);

  // The State of a lane in one piece: in its place, or copied to `scratch`.
  const void* whole_state(std::size_t lane, std::vector<std::uint64_t>& scratch) const;

  // All lanes, to go back to.
  struct Backup {
    LazyArray<std::byte> states;  // the planes, or a record a lane
    LazyArray<Rng> rngs;
    LazyArray<std::uint8_t> status;
    LazyArray<std::int32_t> elapsed;
    LazyArray<double> returns;
    LazyArray<std::byte> memory;
  };
  // Throws std::bad_alloc.
  Backup backup() const;
  // A lane for whose State there is no memory is one that was never reset.
  void restore(Backup backup);

 private:
  // stream, return, clock, status and padding
  static constexpr std::size_t kFixedBytes = sizeof(Rng::State) + 8 + 4 + 4;

  // All lanes, for functions that only look as well.
  LaneView all() const {
    return {const_cast<std::byte*>(words_.data()), stride_, const_cast<Rng*>(rngs_.data()), params_};
  }

  const StateOps& ops_;
  const void* params_ = nullptr;
  std::size_t num_lanes_;
  std::size_t stride_;
  std::size_t memory_bytes_;
  std::size_t state_bytes_;
  LazyArray<std::byte> words_;
  LazyArray<Rng> rngs_;
  LazyArray<std::uint8_t> status_;
  LazyArray<std::int32_t> elapsed_;  // steps since the reset
  LazyArray<double> returns_;        // rewards since the reset
  LazyArray<std::byte> memory_;
};

}  // namespace plyo
