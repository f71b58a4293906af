// Memory that is on its way into the first-level cache while other work is done.
#pragma once

#include <cstddef>

namespace plyo {

inline void fetch([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t bytes) {
#if defined(__GNUC__) || defined(__clang__)
  constexpr std::size_t kLine = 64;
  const auto* const at = static_cast<const char*>(memory);
  for (std::size_t i = 0; i < bytes; i += kLine) __builtin_prefetch(at + i);
  __builtin_prefetch(at + bytes - 1);
#endif
}

}  // namespace plyo
