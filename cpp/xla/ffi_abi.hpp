// The part of XLA's C interface for foreign functions that a handler on the CPU needs, as binary layout: sizes and order
// are XLA's, versions 0.1 to 0.3 (jaxlib 0.4.36 to 0.10), names are ours. XLA itself is not there when this is compiled.
#pragma once

#include <cstddef>
#include <cstdint>

namespace plyo::xla {

// Every struct begins with its size as the side knows it that has made it, and with extensions.
struct Extension {
  std::size_t struct_size;
  std::int32_t type;
  Extension* next;
};
inline constexpr std::int32_t kMetadataExtension = 1;

struct Head {
  std::size_t struct_size;
  Extension* extensions;
};

struct Version {
  Head head;
  std::int32_t major, minor;
};

// Codes of errors, those of Abseil; XLA puts their names before the texts.
enum class ErrorCode : std::int32_t {
  kInvalidArgument = 3,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
};

struct Error;  // XLA's own

struct ErrorRequest {
  Head head;
  const char* message;
  ErrorCode code;
};

struct Api {
  Head head;
  Version version;
  const void* internal;
  Error* (*create_error)(ErrorRequest* request);
};

// The types of elements that can cross, out of XLA's.
enum class ElementType : std::int32_t {
  kBool = 1,
  kInt8 = 2,
  kInt32 = 4,
  kInt64 = 5,
  kUint8 = 6,
  kUint32 = 8,
  kUint64 = 9,
  kFloat32 = 11,
  kFloat64 = 12,
};

struct Buffer {
  Head head;
  ElementType type;
  void* data;
  std::int64_t rank;
  const std::int64_t* sizes;
};

// The arguments of a call, or its results.
struct BufferList {
  Head head;
  std::int64_t count;
  const std::int32_t* kinds;  // kBufferKind each
  Buffer* const* buffers;
};
inline constexpr std::int32_t kBufferKind = 1;

struct AttributeList {
  Head head;
  std::int64_t count;
  const void *kinds, *names, *values;
};

struct CallFrame {
  Head head;
  const Api* api;
  void* context;
  std::int32_t stage;
  BufferList arguments;
  BufferList results;
  AttributeList attributes;
};

// What XLA asks a handler for when it is registered: a call with this extension, and nothing else in the frame.
struct Metadata {
  std::size_t struct_size;
  Version version;
  std::uint32_t traits;
};

struct MetadataExtension {
  Extension base;
  Metadata* metadata;
};

using Handler = Error*(CallFrame* frame);

static_assert(sizeof(void*) != 8 ||
              (sizeof(Version) == 24 && sizeof(Buffer) == 48 && sizeof(BufferList) == 40 &&
               sizeof(CallFrame) == 168 && offsetof(Api, create_error) == 48));

}  // namespace plyo::xla
