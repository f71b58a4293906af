#include "render/frame.hpp"

#include <algorithm>

namespace plyo::render {

namespace {

// The first and the last kBytes of a span, which may overlap.
template <int kBytes>
void fill_ends(std::uint8_t* target, std::ptrdiff_t size, const Paint& paint) {
  std::memcpy(target, paint.pattern, kBytes);
  std::memcpy(target + size - kBytes, paint.pattern, kBytes);
}

// Pixels of three bytes without gaps. Copies of a fixed size are a few stores each.
void fill_packed(std::uint8_t* target, std::ptrdiff_t n, const Paint& paint) {
  const std::ptrdiff_t size = 3 * n;
  if (n >= 16) {
    if (n >= 64 && paint.is_gray()) {
      std::memset(target, paint.color.red, static_cast<std::size_t>(size));
      return;
    }
    for (std::ptrdiff_t at = 0; at + 48 <= size; at += 48) std::memcpy(target + at, paint.pattern, 48);
    std::memcpy(target + size - 48, paint.pattern, 48);
  } else if (n >= 8) {
    fill_ends<24>(target, size, paint);
  } else if (n >= 4) {
    fill_ends<12>(target, size, paint);
  } else if (n >= 2) {
    fill_ends<6>(target, size, paint);
  } else {
    std::memcpy(target, paint.pattern, 3);
  }
}

// Many pixels: the C library's copy has wider stores than the baseline instruction set.
void fill_packed_block(std::uint8_t* target, std::ptrdiff_t n, const Paint& paint) {
  if (paint.is_gray()) return fill_packed(target, n, paint);
  constexpr std::ptrdiff_t kBlock = 2048;
  const std::ptrdiff_t first = std::min(n, kBlock);
  fill_packed(target, first, paint);
  for (std::ptrdiff_t done = first; done < n; done += kBlock) {
    std::memcpy(target + 3 * done, target, static_cast<std::size_t>(3 * std::min(kBlock, n - done)));
  }
}

void fill_strided(std::uint8_t* target, int n, std::ptrdiff_t stride, std::uint8_t level) {
  if (stride == 1) {
    std::memset(target, level, static_cast<std::size_t>(n));
    return;
  }
  for (int i = 0; i < n; ++i) target[i * stride] = level;
}

// The same as `mix`, sixteen pixels at a time.
void blend_packed(std::uint8_t* target, int n, const Paint& paint, int part) {
  int done = 0;
  if (n >= 16) {
    const auto keep = static_cast<std::uint16_t>(256 - part);
    std::uint16_t add[48];
    for (int i = 0; i < 48; ++i) add[i] = static_cast<std::uint16_t>(paint.pattern[i] * part + 128);
    for (; done + 16 <= n; done += 16, target += 48) {
      for (int i = 0; i < 48; ++i) {
        target[i] = static_cast<std::uint8_t>(static_cast<std::uint16_t>(target[i] * keep + add[i]) >> 8);
      }
    }
  }
  for (int i = 0; i < 3 * (n - done); ++i) target[i] = mix(target[i], paint.pattern[i], part);
}

// The greys of a row; neighbours are often the same.
void convert(const std::uint8_t* colors, int n, std::uint8_t* target, std::ptrdiff_t stride) {
  std::uint8_t gray = 0;
  for (int i = 0; i < n; ++i, colors += 3) {
    if (i == 0 || colors[0] != colors[-3] || colors[1] != colors[-2] || colors[2] != colors[-1]) {
      gray = gray_of(colors[0], colors[1], colors[2]);
    }
    target[i * stride] = gray;
  }
}

}  // namespace

Surface::Surface(const Frame& frame, std::uint8_t* shadow)
    : frame_(frame), layout_(Layout::kAny), packed_(frame.pixels), packed_stride_(frame.row_stride) {
  if (frame.channels == 1) {
    layout_ = Layout::kGray;
    packed_ = shadow;
    packed_stride_ = std::ptrdiff_t{3} * frame.width;
  } else if (frame.pixel_stride == 3 && frame.channel_stride == 1) {
    layout_ = Layout::kInterleaved;
  }
}

void Surface::clear(const Paint& paint) {
  const std::ptrdiff_t size = std::ptrdiff_t{frame_.width} * frame_.height;
  if (layout_ != Layout::kAny && packed_stride_ == std::ptrdiff_t{3} * frame_.width) {
    fill_packed_block(packed_, size, paint);
    if (layout_ == Layout::kInterleaved) return;
    for (int y = 0; y < frame_.height; ++y) {
      fill_strided(at(0, y), frame_.width, frame_.pixel_stride, paint.gray);
    }
    return;
  }
  for (int y = 0; y < frame_.height; ++y) fill(0, y, frame_.width, paint);
}

void Surface::fill(int x, int y, int n, const Paint& paint) {
  if (layout_ != Layout::kAny) {
    fill_packed(packed(x, y), n, paint);
    if (layout_ == Layout::kGray) fill_strided(at(x, y), n, frame_.pixel_stride, paint.gray);
    return;
  }
  std::uint8_t* target = at(x, y);
  fill_strided(target, n, frame_.pixel_stride, paint.color.red);
  fill_strided(target + frame_.channel_stride, n, frame_.pixel_stride, paint.color.green);
  fill_strided(target + 2 * frame_.channel_stride, n, frame_.pixel_stride, paint.color.blue);
}

void Surface::blend_span(int x, int y, int n, const Paint& paint, int part) {
  if (layout_ != Layout::kAny) {
    std::uint8_t* target = packed(x, y);
    blend_packed(target, n, paint, part);
    if (layout_ == Layout::kGray) convert(target, n, at(x, y), frame_.pixel_stride);
    return;
  }
  const std::uint8_t levels[3] = {paint.color.red, paint.color.green, paint.color.blue};
  for (int channel = 0; channel < 3; ++channel) {
    std::uint8_t* target = at(x, y) + channel * frame_.channel_stride;
    for (int i = 0; i < n; ++i, target += frame_.pixel_stride) *target = mix(*target, levels[channel], part);
  }
}

void Surface::copy_row(int x, int y, int n) {
  if (layout_ != Layout::kAny) {
    std::memcpy(packed(x, y), packed(x, y - 1), static_cast<std::size_t>(3) * static_cast<std::size_t>(n));
    if (layout_ == Layout::kInterleaved) return;
  }
  for (int channel = 0; channel < frame_.channels; ++channel) {
    std::uint8_t* target = at(x, y) + channel * frame_.channel_stride;
    const std::uint8_t* above = target - frame_.row_stride;
    for (std::ptrdiff_t i = 0; i < n; ++i) target[i * frame_.pixel_stride] = above[i * frame_.pixel_stride];
  }
}

void Surface::mix_sums(int x, int y, std::uint32_t red, std::uint32_t green, std::uint32_t blue,
                       std::uint32_t part) {
  const std::uint32_t rest = 65536 - part;
  const std::uint32_t sums[3] = {red, green, blue};
  const bool any = layout_ == Layout::kAny;
  std::uint8_t* target = any ? at(x, y) : packed(x, y);
  const std::ptrdiff_t stride = any ? frame_.channel_stride : 1;
  for (int channel = 0; channel < 3; ++channel) {
    std::uint8_t& level = target[channel * stride];
    level = static_cast<std::uint8_t>((sums[channel] + level * rest + 32768) >> 16);
  }
  if (layout_ == Layout::kGray) *at(x, y) = gray_of(target[0], target[1], target[2]);
}

}  // namespace plyo::render
