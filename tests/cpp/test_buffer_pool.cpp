// engine/buffer_pool.hpp: blocks come back, outlive their pool's owner, and are never shared.
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <set>
#include <thread>
#include <vector>

#include "check.hpp"
#include "engine/buffer_pool.hpp"

namespace {

using plyo::BufferPool;

}  // namespace

PLYO_TEST(buffer_pool_uses_a_released_block_again) {
  const auto pool = BufferPool::create();
  BufferPool::Block* const first = pool->acquire(1000);
  void* const memory = BufferPool::data(first);
  BufferPool::release(first);
  BufferPool::Block* const second = pool->acquire(1000);
  CHECK(BufferPool::data(second) == memory);
  BufferPool::release(second);
}

PLYO_TEST(buffer_pool_never_lends_a_block_twice) {
  const auto pool = BufferPool::create();
  std::set<void*> seen;
  std::vector<BufferPool::Block*> blocks;
  for (int i = 0; i < 100; ++i) {
    blocks.push_back(pool->acquire(64));
    CHECK(seen.insert(BufferPool::data(blocks.back())).second);
  }
  for (BufferPool::Block* block : blocks) BufferPool::release(block);
}

PLYO_TEST(buffer_pool_does_not_mix_sizes) {
  const auto pool = BufferPool::create();
  BufferPool::Block* const small = pool->acquire(8);
  void* const memory = BufferPool::data(small);
  BufferPool::release(small);
  BufferPool::Block* const large = pool->acquire(8000);
  CHECK(BufferPool::data(large) != memory);
  std::memset(BufferPool::data(large), 1, 8000);
  BufferPool::release(large);
}

PLYO_TEST(buffer_pool_aligns_and_provides_what_was_asked_for) {
  const auto pool = BufferPool::create();
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{64},
                                  std::size_t{4097}, std::size_t{5} << 20}) {
    BufferPool::Block* const block = pool->acquire(bytes);
    CHECK_EQ(reinterpret_cast<std::uintptr_t>(BufferPool::data(block)) % 64, std::uintptr_t{0});
    std::memset(BufferPool::data(block), 0xAB, bytes);
    BufferPool::release(block);
  }
}

PLYO_TEST(buffer_pool_blocks_outlive_their_owner) {
  auto pool = BufferPool::create();
  const std::weak_ptr<BufferPool> watch = pool;
  BufferPool::Block* const a = pool->acquire(100);
  BufferPool::Block* const b = pool->acquire(100);
  pool.reset();
  CHECK(!watch.expired());
  std::memset(BufferPool::data(a), 1, 100);
  BufferPool::release(a);
  CHECK(!watch.expired());
  std::memset(BufferPool::data(b), 2, 100);
  BufferPool::release(b);
  CHECK(watch.expired());
}

PLYO_TEST(buffer_pool_refuses_what_no_memory_holds) {
  const auto pool = BufferPool::create();
  constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  for (const std::size_t bytes : {kAll, kAll - 64, kAll - (std::size_t{2} << 20), kAll / 2}) {
    CHECK_THROWS(pool->acquire(bytes), std::bad_alloc);
  }
  // and goes on
  BufferPool::release(pool->acquire(10));
}

PLYO_TEST(buffer_pool_serves_several_threads) {
  const auto pool = BufferPool::create();
  std::vector<std::thread> threads;
  for (unsigned char id = 1; id <= 4; ++id) {
    threads.emplace_back([&pool, id] {
      for (int round = 0; round < 2000; ++round) {
        BufferPool::Block* const block = pool->acquire(256);
        auto* const bytes = static_cast<unsigned char*>(BufferPool::data(block));
        std::memset(bytes, id, 256);
        for (int i = 0; i < 256; i += 51) CHECK_EQ(int{bytes[i]}, int{id});
        BufferPool::release(block);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}
