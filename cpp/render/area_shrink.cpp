#include "render/area_shrink.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace plyo::render {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);

// The ratio of two sizes as OpenCV computes it.
double ratio(std::size_t size, std::size_t out_size) {
  return 1.0 / (static_cast<double>(out_size) / static_cast<double>(size));
}

// The side of the blocks that are averaged; 0 where the ratio is no whole number.
std::size_t block_side(std::size_t size, std::size_t out_size) {
  const double scale = ratio(size, out_size);
  const double whole = std::nearbyint(scale);
  return std::abs(scale - whole) < std::numeric_limits<double>::epsilon() ? static_cast<std::size_t>(whole)
                                                                          : 0;
}

// Rounds half to even; up to 2**22.
float round_even(float value) {
  constexpr float kShift = 12582912.0F;  // 1.5 * 2**23
  return (value + kShift) - kShift;
}

std::uint64_t load_word(const std::uint8_t* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, kWord);
  return word;
}

}  // namespace

// Rows that are the same as the one before, as many are on the screens of old machines, are not computed again.
class AreaShrink::Rows {
 public:
  Rows(const ShrinkSource& source, const ShrinkSizes& sizes, std::vector<std::uint8_t>& values)
      : source_(source),
        width_(sizes.width),
        channels_(sizes.channels),
        pitch_(source.palette == nullptr ? sizes.width * sizes.channels : sizes.width),
        values_(values) {
    values_.resize(sizes.width * sizes.channels);
  }

  // Goes to a row behind the present one; whether its values differ.
  bool go_to(std::size_t row) {
    const std::uint8_t* picture = source_.picture + row * pitch_;
    const std::uint8_t* other = source_.other == nullptr ? picture : source_.other + row * pitch_;
    const std::ptrdiff_t back = static_cast<std::ptrdiff_t>((row - row_) * pitch_);
    const bool is_same = has_values_ && std::memcmp(picture, picture - back, pitch_) == 0 &&
                         (source_.other == nullptr || std::memcmp(other, other - back, pitch_) == 0);
    row_ = row;
    has_values_ = true;
    if (is_same) return false;
    if (source_.palette == nullptr) {
      take_greater(picture, other);
    } else if (channels_ == 1) {
      look_up_bytes(picture, other);
    } else {
      look_up_colours(picture, other);
    }
    return true;
  }

  const std::uint8_t* values() const { return values_.data(); }

 private:
  void take_greater(const std::uint8_t* picture, const std::uint8_t* other) {
    for (std::size_t i = 0; i < pitch_; ++i) values_[i] = std::max(picture[i], other[i]);
  }

  // Eight pixels at a time: runs of one colour are looked up once.
  void look_up_bytes(const std::uint8_t* picture, const std::uint8_t* other) {
    std::uint64_t word = 0;
    std::uint64_t other_word = 0;
    std::size_t x = 0;
    for (; x + kWord <= width_; x += kWord) {
      const std::uint64_t next = load_word(picture + x);
      const std::uint64_t next_other = load_word(other + x);
      if (x > 0 && next == word && next_other == other_word) {
        std::memcpy(values_.data() + x, values_.data() + x - kWord, kWord);
        continue;
      }
      word = next;
      other_word = next_other;
      if (word == other_word) {
        for (std::size_t i = x; i < x + kWord; ++i) values_[i] = source_.palette[picture[i]];
      } else {
        look_up_two(picture, other, x, x + kWord);
      }
    }
    look_up_two(picture, other, x, width_);
  }

  void look_up_two(const std::uint8_t* picture, const std::uint8_t* other, std::size_t first,
                   std::size_t last) {
    for (std::size_t i = first; i < last; ++i) {
      values_[i] = std::max(source_.palette[picture[i]], source_.palette[other[i]]);
    }
  }

  void look_up_colours(const std::uint8_t* picture, const std::uint8_t* other) {
    std::uint8_t* to = values_.data();
    for (std::size_t x = 0; x < width_; ++x) {
      const std::uint8_t* colour = source_.palette + std::size_t{picture[x]} * channels_;
      const std::uint8_t* second = source_.palette + std::size_t{other[x]} * channels_;
      for (std::size_t c = 0; c < channels_; ++c) *to++ = std::max(colour[c], second[c]);
    }
  }

  const ShrinkSource source_;
  const std::size_t width_;
  const std::size_t channels_;
  const std::size_t pitch_;
  std::vector<std::uint8_t>& values_;
  bool has_values_ = false;
  std::size_t row_ = 0;
};

AreaShrink::AreaShrink(const ShrinkSizes& sizes)
    : sizes_(sizes),
      block_height_(block_side(sizes.height, sizes.out_height)),
      block_width_(block_side(sizes.width, sizes.out_width)) {
  if (block_height_ != 0 && block_width_ != 0) return;
  across_ = make_axis(sizes.width, sizes.out_width);
  down_ = make_axis(sizes.height, sizes.out_height);
  twins_ = find_twins(down_, sizes.out_height);
  for (std::size_t tap = 0; tap < across_.taps; ++tap) {
    for (std::size_t x = 0; x < sizes.out_width; ++x) {
      const float weight = across_.weights[tap * sizes.out_width + x];
      // a place without weight may lie behind the row's end
      const std::size_t place = weight == 0.0F ? across_.first[x] : across_.first[x] + tap;
      for (std::size_t c = 0; c < sizes.channels; ++c) {
        places_.push_back(static_cast<std::uint32_t>(place * sizes.channels + c));
        factors_.push_back(weight);
      }
    }
  }
}

// All in double, as OpenCV's table of weights.
AreaShrink::Axis AreaShrink::make_axis(std::size_t size, std::size_t out_size) {
  constexpr double kLeast = 1e-3;  // a smaller part of a pixel does not count
  const double scale = ratio(size, out_size);
  const auto length = static_cast<double>(size);
  Axis axis;
  std::vector<std::vector<float>> all(out_size);
  for (std::size_t i = 0; i < out_size; ++i) {
    const double begin = static_cast<double>(i) * scale;
    const double end = begin + scale;
    const double cell = std::min(scale, length - begin);
    const double last_whole = std::min(std::floor(end), length - 1.0);
    const double first_whole = std::min(std::ceil(begin), last_whole);
    const bool has_left = first_whole - begin > kLeast;
    axis.first.push_back(static_cast<std::uint32_t>(first_whole) - (has_left ? 1U : 0U));
    if (has_left) all[i].push_back(static_cast<float>((first_whole - begin) / cell));
    all[i].insert(all[i].end(), static_cast<std::size_t>(last_whole - first_whole),
                  static_cast<float>(1.0 / cell));
    if (end - last_whole > kLeast) {
      all[i].push_back(static_cast<float>(std::min(std::min(end - last_whole, 1.0), cell) / cell));
    }
    axis.taps = std::max(axis.taps, all[i].size());
  }
  axis.weights.resize(axis.taps * out_size);
  for (std::size_t i = 0; i < out_size; ++i) {
    for (std::size_t tap = 0; tap < all[i].size(); ++tap) axis.weights[tap * out_size + i] = all[i][tap];
  }
  return axis;
}

std::vector<std::uint32_t> AreaShrink::find_twins(const Axis& axis, std::size_t out_size) {
  const auto are_same = [&](std::size_t a, std::size_t b) {
    for (std::size_t tap = 0; tap < axis.taps; ++tap) {
      const float* weights = axis.weights.data() + tap * out_size;
      if (weights[a] != weights[b]) return false;
    }
    return true;
  };
  std::vector<std::uint32_t> twins;
  for (std::size_t i = 0; i < out_size; ++i) {
    std::size_t twin = i;
    for (std::size_t other = i; other > 0 && twin == i; --other) {
      if (are_same(i, other - 1)) twin = other - 1;
    }
    twins.push_back(static_cast<std::uint32_t>(twin));
  }
  return twins;
}

void AreaShrink::shrink(const ShrinkSource& source, std::uint8_t* out, const ShrunkBefore& before) const {
  thread_local std::vector<std::uint8_t> values;
  Rows rows(source, sizes_, values);
  if (block_height_ != 0 && block_width_ != 0) {
    shrink_blocks(rows, out, before);
  } else {
    shrink_areas(rows, out, before);
  }
}

bool AreaShrink::copy_same(const ShrunkBefore& before, std::size_t first, std::size_t count, std::size_t y,
                           std::uint8_t* out) const {
  if (before.changed == nullptr) return false;
  const std::uint8_t* changed = before.changed + first;
  if (std::any_of(changed, changed + count, [](std::uint8_t each) { return each != 0; })) return false;
  const std::size_t out_size = sizes_.out_width * sizes_.channels;
  const std::uint8_t* row = before.out + y * out_size;
  if (row != out) std::memcpy(out, row, out_size);
  return true;
}

// Sums of whole numbers; of four, halves are rounded up, of others to even.
void AreaShrink::shrink_blocks(Rows& rows, std::uint8_t* out, const ShrunkBefore& before) const {
  thread_local std::vector<std::uint32_t> sums;
  const std::size_t row_size = sizes_.width * sizes_.channels;
  const std::size_t area = block_height_ * block_width_;
  const float factor = 1.0F / static_cast<float>(area);
  const bool is_two_by_two = block_height_ == 2 && block_width_ == 2;
  for (std::size_t y = 0; y < sizes_.out_height; ++y) {
    if (copy_same(before, y * block_height_, block_height_, y, out)) {
      out += sizes_.out_width * sizes_.channels;
      continue;
    }
    sums.assign(row_size, 0);
    for (std::size_t i = 0; i < block_height_; ++i) {
      rows.go_to(y * block_height_ + i);
      const std::uint8_t* values = rows.values();
      for (std::size_t x = 0; x < row_size; ++x) sums[x] += values[x];
    }
    for (std::size_t x = 0; x < sizes_.out_width; ++x) {
      for (std::size_t c = 0; c < sizes_.channels; ++c) {
        std::uint32_t sum = 0;
        const std::size_t first = x * block_width_;
        for (std::size_t i = first; i < first + block_width_; ++i) sum += sums[i * sizes_.channels + c];
        *out++ = is_two_by_two ? static_cast<std::uint8_t>((sum + 2) >> 2)
                               : static_cast<std::uint8_t>(round_even(static_cast<float>(sum) * factor));
      }
    }
  }
}

namespace {

// A shrunk row: where it is, and which of those that differ; 0 where it was not needed.
struct Line {
  const float* values = nullptr;
  std::size_t number = 0;
};

}  // namespace

void AreaShrink::shrink_areas(Rows& rows, std::uint8_t* out, const ShrunkBefore& before) const {
  thread_local std::vector<float> scratch;
  thread_local std::vector<Line> lines;
  const std::size_t row_size = sizes_.width * sizes_.channels;
  const std::size_t out_size = sizes_.out_width * sizes_.channels;
  // the shrunk rows that an output row needs are the last ones, each in a place of its own
  const std::size_t places = down_.taps + 1;
  scratch.resize(row_size + (places + 1) * out_size);
  lines.assign(sizes_.height, Line{});
  float* const floats = scratch.data();
  float* const sums = floats + row_size;
  float* const shrunk = sums + out_size;
  std::size_t number = 0;
  std::size_t next = 0;
  for (std::size_t y = 0; y < sizes_.out_height; ++y) {
    const std::size_t first = down_.first[y];
    std::size_t taps = 0;
    while (taps < down_.taps && down_.weights[taps * sizes_.out_height + y] != 0.0F) ++taps;
    if (copy_same(before, first, taps, y, out)) {
      out += out_size;
      continue;
    }
    const std::size_t twin = twins_[y];
    bool is_same = twin != y;
    for (next = std::max(next, first); next < first + taps; ++next) {
      if (rows.go_to(next)) {
        ++number;
        shrink_row(rows.values(), floats, shrunk + number % places * out_size);
      }
      lines[next] = {shrunk + number % places * out_size, number};
    }
    for (std::size_t tap = 0; tap < taps; ++tap) {
      is_same = is_same && lines[first + tap].number == lines[down_.first[twin] + tap].number;
    }
    if (is_same) {  // the same rows in the same proportions
      std::memcpy(out, out - (y - twin) * out_size, out_size);
      out += out_size;
      continue;
    }
    for (std::size_t tap = 0; tap < taps; ++tap) {
      const float weight = down_.weights[tap * sizes_.out_height + y];
      const float* line = lines[first + tap].values;
      if (tap == 0) {
        for (std::size_t x = 0; x < out_size; ++x) sums[x] = weight * line[x];
      } else {
        for (std::size_t x = 0; x < out_size; ++x) sums[x] += weight * line[x];
      }
    }
    for (std::size_t x = 0; x < out_size; ++x) {
      out[x] = static_cast<std::uint8_t>(static_cast<std::int32_t>(std::min(round_even(sums[x]), 255.0F)));
    }
    out += out_size;
  }
}

// The weighted sums of a row, added up from left to right.
void AreaShrink::shrink_row(const std::uint8_t* row, float* floats, float* out) const {
  const std::size_t row_size = sizes_.width * sizes_.channels;
  const std::size_t out_size = sizes_.out_width * sizes_.channels;
  for (std::size_t x = 0; x < row_size; ++x) floats[x] = row[x];
  const std::uint32_t* places = places_.data();
  const float* factors = factors_.data();
  for (std::size_t x = 0; x < out_size; ++x) out[x] = floats[places[x]] * factors[x];
  for (std::size_t tap = 1; tap < across_.taps; ++tap) {
    places += out_size;
    factors += out_size;
    for (std::size_t x = 0; x < out_size; ++x) out[x] += floats[places[x]] * factors[x];
  }
}

void shrink_stack(const AreaShrink& shrink, const ShrinkStacks& stacks, std::size_t lane) {
  thread_local std::vector<std::uint8_t> changed;
  const ShrinkSizes& sizes = shrink.sizes();
  const std::size_t row_size = sizes.width * sizes.channels;
  const std::size_t picture_size = sizes.height * row_size;
  const std::size_t out_size = sizes.out_height * sizes.out_width * sizes.channels;
  const std::size_t newest = stacks.newest;
  std::uint8_t* const ring = stacks.rings + lane * stacks.size * out_size;
  const std::uint8_t* const picture = stacks.pictures + lane * picture_size;
  ShrunkBefore before;
  if (stacks.before != nullptr) {
    const std::uint8_t* const last = stacks.before + lane * picture_size;
    changed.resize(sizes.height);
    for (std::size_t y = 0; y < sizes.height; ++y) {
      changed[y] = std::memcmp(picture + y * row_size, last + y * row_size, row_size) != 0 ? 1 : 0;
    }
    before = {changed.data(), ring + (newest + stacks.size - 1) % stacks.size * out_size};
  }
  shrink.shrink({picture, nullptr, nullptr}, ring + newest * out_size, before);
  std::uint8_t* const stack = stacks.stacks + lane * stacks.size * out_size;
  const std::size_t older = stacks.size - 1 - newest;
  std::memcpy(stack, ring + (newest + 1) * out_size, older * out_size);
  std::memcpy(stack + older * out_size, ring, (newest + 1) * out_size);
}

}  // namespace plyo::render
