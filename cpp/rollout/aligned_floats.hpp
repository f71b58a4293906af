// Memory for vectors of floats.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace plyo {

// Floats at a multiple of 64 bytes, of the caches' lines.
class AlignedFloats {
 public:
  AlignedFloats() = default;
  AlignedFloats(AlignedFloats&&) = default;
  AlignedFloats& operator=(AlignedFloats&&) = default;
  AlignedFloats(const AlignedFloats&) = delete;  // a copy would begin elsewhere in its lines
  AlignedFloats& operator=(const AlignedFloats&) = delete;
  void resize(std::size_t count) { all_.resize(count + kLine); }
  float* data() { return all_.data() + skipped(); }
  const float* data() const { return all_.data() + skipped(); }

 private:
  static constexpr std::size_t kLine = 16;  // floats
  std::size_t skipped() const {
    const auto address = reinterpret_cast<std::uintptr_t>(all_.data()) / sizeof(float);
    return (kLine - address % kLine) % kLine;
  }
  std::vector<float> all_;
};

}  // namespace plyo
