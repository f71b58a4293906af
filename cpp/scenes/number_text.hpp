// Numbers as text without allocation, for pictures.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/math.hpp"

namespace plyo::scenes {

// Text that is put together piece by piece; the part that does not fit is left out.
class NumberText {
 public:
  constexpr NumberText() = default;
  constexpr explicit NumberText(std::int64_t value) { integer(value); }

  constexpr operator Text() const { return {text_, size_}; }  // NOLINT(google-explicit-constructor)

  constexpr NumberText& text(Text piece) {
    for (const char letter : piece) {
      if (size_ < kCapacity) text_[size_++] = letter;
    }
    return *this;
  }

  constexpr NumberText& integer(std::int64_t value) {
    char digits[20]{};
    std::size_t count = 0;
    // the least integer has no positive counterpart
    auto rest = value < 0 ? 0 - static_cast<std::uint64_t>(value) : static_cast<std::uint64_t>(value);
    for (; rest != 0 || count == 0; rest /= 10) digits[count++] = static_cast<char>('0' + rest % 10);
    if (value < 0) text("-");
    while (count > 0) text({&digits[--count], 1});
    return *this;
  }

  // Rounded to `decimals` digits after the point, at most 9; a value that cannot be written is a dash.
  constexpr NumberText& real(double value, int decimals) {
    std::int64_t unit = 1;
    for (int i = 0; i < decimals; ++i) unit *= 10;
    const double size = math::round_even(math::abs(value) * static_cast<double>(unit));
    if (!(size < 0x1p63)) return text("-");
    const auto scaled = static_cast<std::int64_t>(size);
    if (value < 0 && scaled != 0) text("-");
    integer(scaled / unit);
    if (decimals == 0) return *this;
    text(".");
    for (std::int64_t digit = unit / 10; digit > 0; digit /= 10) integer(scaled / digit % 10);
    return *this;
  }

 private:
  static constexpr std::size_t kCapacity = 64;
  char text_[kCapacity]{};
  std::size_t size_ = 0;
};

}  // namespace plyo::scenes
