#include "buffer_pool.hpp"

#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace plyo {
namespace {

constexpr std::size_t kCacheLine = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

// Large blocks in huge pages: filling them for the first time faults less often.
bool is_large(std::size_t bytes) { return bytes >= 2 * kHugePage; }

std::size_t alignment_of(std::size_t bytes) { return is_large(bytes) ? kHugePage : kCacheLine; }

}  // namespace

// The header before a block's data, on a cache line of its own.
struct alignas(kCacheLine) BufferPool::Block {
  std::shared_ptr<BufferPool> pool;  // empty while the block is free
  std::size_t bytes;
};

BufferPool::~BufferPool() {
  for (auto& [bytes, blocks] : free_) {
    for (Block* block : blocks) destroy(block);
  }
}

void BufferPool::destroy(Block* block) {
  const std::align_val_t alignment{alignment_of(block->bytes)};
  block->~Block();
  ::operator delete(block, alignment);
}

BufferPool::Block* BufferPool::acquire(std::size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = free_.find(bytes);
    if (found != free_.end() && !found->second.empty()) {
      Block* const block = found->second.back();
      found->second.pop_back();
      kept_bytes_ -= bytes;
      block->pool = shared_from_this();
      return block;
    }
  }
  const std::size_t alignment = alignment_of(bytes);
  const std::size_t total = (sizeof(Block) + bytes + alignment - 1) / alignment * alignment;
  if (total < bytes) throw std::bad_alloc();
  // nothrow: the sanitizers' other form ends the process instead of throwing
  void* const memory = ::operator new(total, std::align_val_t{alignment}, std::nothrow);
  if (memory == nullptr) throw std::bad_alloc();
#if defined(__linux__)
  if (is_large(bytes)) madvise(memory, total, MADV_HUGEPAGE);
#endif
  return new (memory) Block{shared_from_this(), bytes};
}

// Whether there was memory for another entry: a block that cannot be kept is freed.
bool BufferPool::keep(Block* block) {
  try {
    free_[block->bytes].push_back(block);
  } catch (const std::bad_alloc&) {
    return false;
  }
  kept_bytes_ += block->bytes;
  return true;
}

void* BufferPool::data(Block* block) { return block + 1; }

void BufferPool::release(Block* block) {
  const std::shared_ptr<BufferPool> pool = std::move(block->pool);
  {
    const std::lock_guard lock(pool->mutex_);
    if (pool->kept_bytes_ + block->bytes <= kMaxKeptBytes && pool->keep(block)) return;
  }
  destroy(block);
}

}  // namespace plyo
