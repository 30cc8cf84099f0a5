"""The addresses of sendings under /api/v1/."""

from rest_framework.routers import SimpleRouter

from portal.intake.api.views import UploadViewSet

router = SimpleRouter(use_regex_path=False)
router.register("uploads", UploadViewSet, basename="api-upload")

urlpatterns = router.urls
