// Copies to memory that will not be read soon, past the caches.
#pragma once

#include <cstddef>

#include "../core/isa.hpp"

namespace plyo {

struct StreamCopy {
  // As memcpy. On x86-64 the lines of `to` are neither fetched nor kept in the cache: recording 18 MB of
  // trajectory this way takes 1.5 ns a step less than through the caches. Wide stores leave the processor
  // sooner.
  void (*copy)(void* to, const void* from, std::size_t bytes);
  // Makes the copies visible to other threads.
  void (*finish)();
};

// The copy of one instruction set.
const StreamCopy& stream_copy(Isa isa);

}  // namespace plyo
