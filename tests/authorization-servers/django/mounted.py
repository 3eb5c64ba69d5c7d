"""The authorization server at `/o/` alone, as most projects have it: MCP clients find no metadata."""

from urls import urlpatterns as every

urlpatterns = every[:-1]
