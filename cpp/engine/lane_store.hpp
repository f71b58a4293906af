// What the engine remembers of each lane: state words, random stream, clock, running return.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <type_traits>

#include "../core/rng.hpp"
#include "../kernels/lane_view.hpp"
#include "../kernels/state_ops.hpp"

namespace plyo {

// What a lane is waiting for; 0 means that it is in the middle of an episode.
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

// The planes of a batch, and its snapshots.
class LaneStore {
 public:
  // Throws std::bad_alloc if the planes do not fit into memory. `memory_bytes` of each lane are for what the
  // output remembers of it, zeros at first.
  LaneStore(const StateOps& ops, std::size_t num_lanes, std::size_t memory_bytes = 0);

  std::size_t num_lanes() const { return num_lanes_; }

  // Lanes from `first` on, as kernels see them.
  LaneView view(std::size_t first, const void* params) {
    return {words_.data() + first * word_bytes_, stride_, rngs_.data() + first, params};
  }

  LazyArray<std::uint8_t>& status() { return status_; }
  const LazyArray<std::uint8_t>& status() const { return status_; }
  LazyArray<std::int32_t>& elapsed() { return elapsed_; }
  const LazyArray<std::int32_t>& elapsed() const { return elapsed_; }
  LazyArray<double>& returns() { return returns_; }
  LazyArray<Rng>& rngs() { return rngs_; }
  std::byte* memory(std::size_t lane) { return memory_.data() + lane * memory_bytes_; }

  // Bytes that save() writes for one lane.
  std::size_t lane_bytes() const { return num_words_ * word_bytes_ + kFixedBytes + memory_bytes_; }
  // Where in them what the output remembers begins.
  std::size_t memory_offset() const { return num_words_ * word_bytes_ + kFixedBytes; }

  // Copies a lane to or from `record`, of lane_bytes().
  void save(std::size_t lane, std::byte* record) const;
  void load(std::size_t lane, const std::byte* record);

  // Writes the words of one lane's State.
  void load_words(std::size_t lane, const std::byte* words);
  void save_words(std::size_t lane, std::byte* words) const;

 private:
  // stream, return, clock, status and padding
  static constexpr std::size_t kFixedBytes = sizeof(Rng::State) + 8 + 4 + 4;

  std::size_t num_lanes_;
  std::size_t word_bytes_;
  std::size_t num_words_;
  std::size_t stride_;
  std::size_t memory_bytes_;
  LazyArray<std::byte> words_;
  LazyArray<Rng> rngs_;
  LazyArray<std::uint8_t> status_;
  LazyArray<std::int32_t> elapsed_;  // steps since the reset
  LazyArray<double> returns_;        // rewards since the reset
  LazyArray<std::byte> memory_;
};

}  // namespace plyo
