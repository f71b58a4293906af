#include "action_checks.hpp"

#include <cstring>

namespace plyo {
namespace {

// One pass without branches.
bool all_choices(const std::int64_t* values, std::size_t count, std::int64_t start, std::uint64_t last) {
  std::uint64_t signs = 0;
  // the uppermost bit is set for a choice before the first, and in the difference for one after the last
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t value = static_cast<std::uint64_t>(values[i]) - static_cast<std::uint64_t>(start);
    signs |= value | (last - value);
  }
  return (signs >> 63) == 0;
}

// `exponent` are the bits of the exponent, `first_normal` is the lowest of them.
template <class Word>
bool all_plain(const void* values, std::size_t count, Word exponent, Word first_normal) {
  const auto* const words = static_cast<const std::byte*>(values);
  constexpr Word kSign = Word{1} << (8 * sizeof(Word) - 1);
  Word odd = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Word word = 0;
    std::memcpy(&word, words + i * sizeof(Word), sizeof(Word));
    word &= ~kSign;
    const bool is_normal = static_cast<Word>(word - first_normal) < exponent - first_normal;
    odd |= (is_normal | (word == 0)) ? Word{0} : Word{1};
  }
  return odd == 0;
}

bool all_plain_floats(const void* values, std::size_t count) {
  return all_plain(values, count, std::uint32_t{0x7F800000U}, std::uint32_t{0x00800000U});
}

bool all_plain_doubles(const void* values, std::size_t count) {
  return all_plain(values, count, std::uint64_t{0x7FF} << 52, std::uint64_t{1} << 52);
}

template <Isa kIsa>
struct ActionChecksFor {
  static constexpr ActionChecks table{compiled_for<kIsa, &all_choices>(),
                                      compiled_for<kIsa, &all_plain_floats>(),
                                      compiled_for<kIsa, &all_plain_doubles>()};
};

constexpr ByIsa<ActionChecks> kActionChecks = every_isa<ActionChecks, ActionChecksFor>();

}  // namespace

const ActionChecks& action_checks(Isa isa) { return *kActionChecks.find(isa); }

}  // namespace plyo
